// stream: records as values alone, with their lengths, as lines, or without either.
#include "values_encode.hpp"

#include "malformed.hpp"
#include "value_walk.hpp"

#include <sluice/stream/values.hpp>

#include <cstring>

namespace sluice {

namespace {

/// Writes values behind each other; the length of an event whose end is not known yet is put in
/// when it is.
class value_writer {
  public:
    value_writer(object_format format, bytes_span to) : format_(format), to_(to) {}

    /// False: the length cannot be told in 32 bits.
    bool put(const record& each) {
        const bool goes_on = each.part && !each.part->last;
        bool fits = true;
        if (prefix_of(format_, each) > 0) {
            length_at_ = size_;
            size_ += delimited_length_bytes;
            awaited_ = goes_on;
            if (!goes_on) fits = put_length(each);
        } else if (awaited_ && !goes_on) {
            awaited_ = false;
            fits = put_length(each);
        }
        if (!fits) return false;
        if (value_size(each) > 0)
            std::memcpy(to_.data() + size_, each.value->data(), value_size(each));
        size_ += value_size(each);
        if (suffix_of(format_, each) > 0) to_[size_++] = line_feed;
        return true;
    }
    /// Of an event that ends behind the block.
    bool close(std::uint64_t open_length) { return !awaited_ || put_length(open_length); }
    std::size_t size() const { return size_; }

  private:
    bool put_length(const record& last) {
        if (last.part) return put_length(static_cast<std::uint64_t>(last.part->last->length));
        if (last.value) return put_length(last.value->size());
        write_length(delimited_null);
        return true;
    }
    bool put_length(std::uint64_t length) {
        if (length >= delimited_null) return false;
        write_length(static_cast<std::uint32_t>(length));
        return true;
    }
    void write_length(std::uint32_t length) {
        for (std::size_t i = 0; i < delimited_length_bytes; ++i)
            to_[length_at_ + i] = static_cast<std::byte>(length >> (24 - 8 * i));
    }

    object_format format_;
    bytes_span to_;
    std::size_t size_ = 0;
    std::size_t length_at_ = 0;
    bool awaited_ = false; ///< the length at `length_at_` is still to be put in
};

bool holds_line_feed(const record& each) {
    return each.value && as_text(*each.value).find('\n') != std::string_view::npos;
}

failure value_too_large(std::int64_t sequence) {
    failure why;
    why.code = stream_errc::too_large;
    why.where = "event " + std::to_string(sequence) +
                ": delimited objects hold values below 4 GiB; export to another format";
    return why;
}

} // namespace

result<buffer> encode_values(
    object_format format,
    const format_context& context,
    const block_outline& outline,
    bytes_view records,
    std::uint64_t open_length,
    buffer into
) {
    into.reset(records.size() + delimited_length_bytes * outline.records);
    value_writer values(format, into.span());
    avro_wire::source from(records);
    record each;
    while (!from.at_end()) {
        const std::size_t at = from.offset();
        if (!take_record(from, each, header_list::dropped))
            return malformed(
                "block " + to_string(outline.first) + ": Avro record at byte " +
                std::to_string(at) + ": " + from.wrong()
            );
        if (format == object_format::lines && holds_line_feed(each)) {
            const position at{outline.first.partition, each.sequence, 0};
            return no_line(context.stream, at);
        }
        if (!values.put(each)) return value_too_large(each.sequence);
    }
    if (!values.close(open_length)) return value_too_large(each.sequence);
    into.shrink(values.size());
    return into;
}

bool needs_open_length(object_format format, const block_outline& outline) {
    return format == object_format::delimited && begins_open_event(outline);
}

bool begins_open_event(const block_outline& outline) {
    if (outline.next.offset == 0) return false;
    position begin = outline.next;
    begin.offset = 0;
    return outline.first <= begin;
}

bool fits(object_format format, bytes_view records) {
    if (format != object_format::lines) return true;
    avro_wire::source from(records);
    record each;
    while (!from.at_end()) {
        if (!take_record(from, each, header_list::dropped)) return true; // which encoding tells
        if (holds_line_feed(each)) return false;
    }
    return true;
}

failure no_line(const std::string& stream, position event) {
    failure why;
    why.code = stream_errc::unfit;
    why.where = "stream " + stream + ", partition " + std::to_string(event.partition) +
                ", sequence " + std::to_string(event.sequence) +
                ": its value holds a line feed, so it cannot be a line; export with --format "
                "ndjson, or to another folder in a format that holds any bytes";
    return why;
}

} // namespace sluice
