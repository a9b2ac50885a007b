// stream: blocks as they lie in objects, made in the memory they are sent from.
#include "json_text.hpp"
#include "malformed.hpp"

#include <sluice/stream/format.hpp>

#include <cstring>

namespace sluice {

namespace {

void place(bytes_span to, bytes_view bytes) {
    std::memcpy(to.data(), bytes.data(), bytes.size());
}

open_block
begin_avro_block(const format_context& context, const block_outline& outline, buffer recycled) {
    const byte_vector prefix = avro_block_prefix(outline.records, outline.body_bytes);
    const auto sync = avro_sync_marker(context);
    const auto body = static_cast<std::size_t>(outline.body_bytes);
    open_block block;
    block.bytes = std::move(recycled);
    block.bytes.reset(prefix.size() + body + sync.size());
    place(block.bytes.span(), prefix);
    place(block.bytes.span().subspan(prefix.size() + body), sync);
    block.records = block.bytes.span().subspan(prefix.size(), body);
    return block;
}

result<buffer> end_ndjson_block(const block_outline& outline, open_block block) {
    json_text text(std::move(block.bytes));
    avro_record_cursor records(block.records);
    record each;
    while (!records.at_end()) {
        auto read = records.next(each);
        if (!read) {
            read.error().where = "block " + to_string(outline.first) + ": " + read.error().where;
            return read.error();
        }
        put_event(text, each);
    }
    return text.finish();
}

} // namespace

open_block begin_block(
    object_format format,
    const format_context& context,
    const block_outline& outline,
    buffer recycled
) {
    if (format == object_format::avro)
        return begin_avro_block(context, outline, std::move(recycled));
    open_block block;
    block.bytes = std::move(recycled);
    block.scratch.reset(static_cast<std::size_t>(outline.body_bytes));
    block.records = block.scratch.span();
    return block;
}

result<buffer> end_block(
    object_format format, const format_context&, const block_outline& outline, open_block block
) {
    if (format == object_format::ndjson) return end_ndjson_block(outline, std::move(block));
    return std::move(block.bytes);
}

} // namespace sluice
