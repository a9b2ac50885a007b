// stream: which decoder reads which format, and what lies between it and compressed bytes.
#include "malformed.hpp"
#include "object_decoders.hpp"

#include <sluice/stream/compression.hpp>
#include <sluice/stream/values.hpp>

#include <utility>

namespace sluice {

namespace {

/// Decompresses what is fed, and feeds that.
class expanding_decoder final : public object_decoder {
  public:
    expanding_decoder(object_codec codec, std::unique_ptr<object_decoder> inner)
        : source_(make_decompressor(codec)), inner_(std::move(inner)) {}

    result<void> feed(bytes_view more, const deliver& to) override {
        source_->give(more);
        while (true) {
            auto some = source_->take();
            if (!some) return some.error();
            if (some->empty()) return {};
            auto fed = inner_->feed(*some, to);
            if (!fed) return fed.error();
        }
    }

    result<void> finish(const deliver& to) override {
        if (!source_->at_member_end()) return ends_inside_a_member();
        return inner_->finish(to);
    }

    static failure ends_inside_a_member() {
        return malformed("the compressed bytes end inside a member");
    }

  private:
    std::unique_ptr<decompressor> source_;
    std::unique_ptr<object_decoder> inner_;
};

class expanded_content final : public piece_content {
  public:
    expanded_content(object_codec codec, bytes_view bytes) : source_(make_decompressor(codec)) {
        source_->give(bytes);
    }
    result<bytes_view> next() override {
        auto some = source_->take();
        const bool cut_off = some && some->empty() && !source_->at_member_end();
        if (cut_off) return expanding_decoder::ends_inside_a_member();
        return some;
    }

  private:
    std::unique_ptr<decompressor> source_;
};

/// In slices; 0: all at once.
class plain_content final : public piece_content {
  public:
    plain_content(bytes_view bytes, std::size_t slice)
        : left_(bytes), slice_(slice == 0 ? bytes.size() : slice) {}
    result<bytes_view> next() override {
        const bytes_view some = left_.first(std::min(left_.size(), slice_));
        left_ = left_.subspan(some.size());
        return some;
    }

  private:
    bytes_view left_;
    std::size_t slice_;
};

} // namespace

std::unique_ptr<object_decoder> make_content_decoder(
    object_encoding encoding, const format_context& context, position first, bool at_block
) {
    switch (encoding.format) {
    case object_format::avro:
        return make_avro_decoder(encoding.codec, context, first, at_block);
    case object_format::ndjson:
        return make_ndjson_decoder(first);
    case object_format::delimited:
    case object_format::lines:
        return make_counting_decoder(encoding.format, first, std::nullopt);
    case object_format::raw:
        return make_raw_decoder(first, usual_event_bytes);
    }
    return nullptr;
}

std::unique_ptr<object_decoder> make_decoder(
    object_encoding encoding, const format_context& context, position first, bool at_block
) {
    auto decoder = make_content_decoder(encoding, context, first, at_block);
    const bool plain =
        encoding.format == object_format::avro || encoding.codec == object_codec::none;
    if (plain) return decoder;
    return std::make_unique<expanding_decoder>(encoding.codec, std::move(decoder));
}

std::unique_ptr<piece_content>
make_piece_content(object_encoding encoding, bytes_view bytes, bool at_block) {
    constexpr std::size_t slice = 1 << 20;
    const bool avro = encoding.format == object_format::avro;
    if (avro && encoding.codec != object_codec::none) return make_avro_blocks(bytes, at_block);
    if (encoding.codec != object_codec::none)
        return std::make_unique<expanded_content>(encoding.codec, bytes);
    // Whole Avro blocks become batches uncopied, as many as the piece has.
    return std::make_unique<plain_content>(bytes, avro ? 0 : slice);
}

} // namespace sluice
