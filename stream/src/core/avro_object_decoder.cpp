// stream: Avro objects back into batches, whatever the cuts of the bytes that arrive.
#include "avro_object.hpp"
#include "body_scan.hpp"
#include "malformed.hpp"
#include "object_decoders.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/compression.hpp>

#include <algorithm>

namespace sluice {

namespace {

constexpr std::uint64_t max_avro_block_bytes = 64 << 20;
/// Of a compressed one; those that we write have at most 4.25 MiB.
constexpr std::size_t max_expanded_block_bytes = 16 << 20;

/// Header and blocks are taken straight from the bytes that were fed; what is cut off at their end
/// waits in `cut_off_` until it is whole.
class avro_object_decoder final : public object_decoder {
  public:
    avro_object_decoder(
        object_codec codec, const format_context& context, position first, bool at_block
    )
        : context_(context), next_(first), in_header_(!at_block), sync_(avro_sync_marker(context)) {
        if (at_block) use(codec); // else the header says it
    }

    result<void> feed(bytes_view more, const deliver& to) override {
        while (!cut_off_.empty() && !more.empty()) {
            const std::size_t share = std::min<std::size_t>(more.size(), wanted());
            make_room(share);
            append(cut_off_, more.first(share));
            more = more.subspan(share);
            if (cut_off_.size() < needed_) return {};
            auto taken = take_all(cut_off_, to);
            if (!taken) return taken.error();
            cut_off_.erase(
                cut_off_.begin(), cut_off_.begin() + static_cast<std::ptrdiff_t>(*taken)
            );
        }
        if (more.empty()) return {};
        auto taken = take_all(more, to);
        if (!taken) return taken.error();
        make_room(more.size() - *taken);
        append(cut_off_, more.subspan(*taken));
        return {};
    }

    result<void> finish(const deliver&) override {
        if (in_header_) return malformed("Avro object: it ends inside its header");
        if (!cut_off_.empty()) return at_block_failure("the object ends inside it");
        return {};
    }

  private:
    void use(object_codec codec) {
        source_.reset();
        if (codec != object_codec::none) source_ = make_decompressor(codec);
    }

    /// How many bytes `cut_off_` gets before the next attempt. A header is tried again from its
    /// beginning and asks for its entries one by one: it gets as much again as there is, so that
    /// many small ones are not many attempts.
    std::uint64_t wanted() const {
        const std::uint64_t missing = needed_ - cut_off_.size();
        return in_header_ ? std::max<std::uint64_t>(missing, cut_off_.size()) : missing;
    }

    /// Never more than is needed, and a length is believed only as far as a quarter of it has come:
    /// a large block does not take twice its size, and one that is not there takes nothing.
    void make_room(std::size_t share) {
        constexpr std::uint64_t least = 4 << 10, times = 4;
        const std::uint64_t size = cut_off_.size() + share;
        if (size <= cut_off_.capacity()) return;
        cut_off_.reserve(std::max(size, std::min(needed_, std::max(least, times * size))));
    }

    /// Returns how many bytes of `from` are done with; the rest is the beginning of something.
    result<std::size_t> take_all(bytes_view from, const deliver& to) {
        std::size_t done = 0;
        while (done < from.size()) {
            auto taken = in_header_ ? take_header(from) : take_block(from.subspan(done), to);
            if (!taken) return taken.error();
            if (*taken == 0) break;
            done += *taken;
            taken_ += *taken;
        }
        return done;
    }

    /// Both return 0 when more bytes are needed: `needed_` in all.
    result<std::size_t> take_header(bytes_view from) {
        avro_wire::source source(from);
        avro_header header;
        if (!take_avro_header(source, header)) {
            if (wait_for(source.needed(), max_avro_header_bytes)) return 0;
            return malformed(std::string("Avro object header: ") + source.wrong());
        }
        auto checked = check_avro_header(header, context_);
        if (!checked) return checked.error();
        use(*codec_of(header));
        sync_ = header.sync;
        in_header_ = false;
        return header.size;
    }

    result<std::size_t> take_block(bytes_view from, const deliver& to) {
        avro_wire::source source(from);
        const std::int64_t records = source.take_long();
        const std::int64_t size = source.take_long();
        if (source.wrong() != nullptr) {
            if (wait_for(source.needed(), max_avro_block_bytes)) return 0;
            return at_block_failure(source.wrong());
        }
        if (size < 0 || static_cast<std::uint64_t>(size) > max_avro_block_bytes)
            return at_block_failure("its size is impossible");
        if (records < 0 || (!source_ && records > size))
            return at_block_failure("its count is impossible");
        const bytes_view body = source.take_raw(static_cast<std::uint64_t>(size));
        const bytes_view sync = source.take_raw(avro_sync_bytes);
        if (source.wrong() != nullptr && wait_for(source.needed(), 2 * max_avro_block_bytes))
            return 0;
        if (!std::equal(sync.begin(), sync.end(), sync_.begin()))
            return at_block_failure("the sync marker behind it is not the partition's");
        auto plain = expand(body);
        if (!plain) return plain.error();
        auto delivered = deliver_body(*plain, static_cast<std::uint64_t>(records), to);
        if (!delivered) return delivered.error();
        return source.offset();
    }

    result<bytes_view> expand(bytes_view body) {
        if (!source_) return body;
        auto plain = decompress_block(*source_, body, max_expanded_block_bytes, expanded_);
        if (plain) return plain;
        failure why = plain.error();
        why.where = place_of_block() + why.where;
        return why;
    }

    result<void> deliver_body(bytes_view body, std::uint64_t records, const deliver& to) {
        while (!body.empty()) {
            auto batch = scan_batch(body, next_, batch_cut::fits);
            if (!batch) {
                failure why = batch.error();
                why.where = place_of_block() + why.where;
                return why;
            }
            if (batch->records > records)
                return at_block_failure("it holds more records than it says");
            records -= batch->records;
            next_ = batch->next;
            body = body.subspan(batch->body.size());
            auto delivered = to(*batch);
            if (!delivered) return delivered.error();
        }
        if (records > 0) return at_block_failure("it holds fewer records than it says");
        return {};
    }

    /// Whether more bytes may help; 0 stands for no.
    bool wait_for(std::uint64_t needed, std::uint64_t limit) {
        needed_ = needed;
        return needed != 0 && needed <= limit;
    }
    std::string place_of_block() const {
        return "Avro block at byte " + std::to_string(taken_) + ": ";
    }
    failure at_block_failure(const std::string& what) const {
        return malformed(place_of_block() + what);
    }

    format_context context_;
    position next_;
    bool in_header_;
    std::array<std::byte, avro_sync_bytes> sync_;
    std::unique_ptr<decompressor> source_; ///< none: bodies are as they are
    buffer expanded_;
    byte_vector cut_off_;
    std::uint64_t needed_ = 0; ///< bytes that `cut_off_` must hold before another attempt
    std::uint64_t taken_ = 0;  ///< bytes of the object that are done with
};

} // namespace

std::unique_ptr<object_decoder> make_avro_decoder(
    object_codec codec, const format_context& context, position first, bool at_block
) {
    return std::make_unique<avro_object_decoder>(codec, context, first, at_block);
}

} // namespace sluice
