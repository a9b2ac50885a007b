// stream: NDJSON objects back into batches, whatever the cuts of the bytes that arrive.
#include "body_scan.hpp"
#include "json_reader.hpp"
#include "malformed.hpp"
#include "object_decoders.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>
#include <cstring>

namespace sluice {

namespace {

/// A value of 1 MiB with its key and headers, all of it in six-byte escapes, is well below this.
constexpr std::size_t max_line_bytes = 32 << 20;

class ndjson_object_decoder final : public object_decoder {
  public:
    explicit ndjson_object_decoder(position first) : next_(first) {}

    result<void> feed(bytes_view more, const deliver& to) override {
        std::string_view text = as_text(more);
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            if (end == text.npos) return keep_beginning(text);
            auto taken = take_line(text.substr(0, end), text.size() - end, to);
            if (!taken) return taken.error();
            text.remove_prefix(end + 1);
        }
        return {};
    }

    result<void> finish(const deliver& to) override {
        if (!line_.empty()) return at_line("the object ends inside it");
        return deliver_all(to);
    }

  private:
    result<void> keep_beginning(std::string_view text) {
        if (line_.size() + text.size() > max_line_bytes) return at_line("it is longer than 32 MiB");
        line_.append(text);
        return {};
    }

    /// `readable`: bytes behind `rest` that the reader may touch.
    result<void> take_line(std::string_view rest, std::size_t readable, const deliver& to) {
        const std::size_t size = line_.size() + rest.size();
        std::string_view line = rest;
        if (!line_.empty() || readable < json_padding) {
            auto kept = keep_beginning(rest);
            if (!kept) return kept.error();
            line_.append(json_padding, ' ');
            line = std::string_view(line_).substr(0, size);
        } else if (size > max_line_bytes) {
            return at_line("it is longer than 32 MiB");
        }
        auto read = reader_.read(line);
        line_.clear();
        if (!read) return at_line(read.error().where);
        auto added = add(reader_.get(), to);
        if (!added) return added.error();
        taken_ += size + 1;
        return {};
    }

    /// A fragment is alone in its batch; events share one until it has the size of a block.
    result<void> add(const record& each, const deliver& to) {
        if (!reader_.has_sequence()) return at_line("member \"sequence\": it is missing");
        if (each.part) {
            auto before = deliver_all(to);
            if (!before) return before.error();
        }
        append_avro_record(body_, each);
        if (each.part || body_.size() >= block_grid_bytes) return deliver_all(to);
        return {};
    }

    result<void> deliver_all(const deliver& to) {
        bytes_view body = body_;
        while (!body.empty()) {
            auto batch = scan_batch(body, next_, batch_cut::fits);
            if (!batch) {
                failure why = batch.error();
                why.where = "NDJSON before byte " + std::to_string(taken_) + ": " + why.where;
                return why;
            }
            next_ = batch->next;
            body = body.subspan(batch->body.size());
            auto delivered = to(*batch);
            if (!delivered) return delivered.error();
        }
        body_.clear();
        return {};
    }

    failure at_line(const std::string& what) const {
        return malformed("NDJSON line at byte " + std::to_string(taken_) + ": " + what);
    }

    position next_;
    json_reader reader_;
    std::string line_; ///< the beginning of a line that was cut off
    byte_vector body_;
    std::uint64_t taken_ = 0; ///< bytes of the object that are done with
};

} // namespace

std::unique_ptr<object_decoder> make_ndjson_decoder(position first) {
    return std::make_unique<ndjson_object_decoder>(first);
}

} // namespace sluice
