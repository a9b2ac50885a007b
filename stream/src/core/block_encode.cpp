// stream: blocks as they lie in objects, made in the memory they are sent from.
#include "json_text.hpp"
#include "malformed.hpp"
#include "values_encode.hpp"

#include <sluice/stream/compression.hpp>
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

result<buffer> ndjson_content(const block_outline& outline, bytes_view body, buffer into) {
    json_text text(std::move(into));
    avro_record_cursor records(body);
    record each;
    while (!records.at_end()) {
        auto read = records.next(each);
        if (!read) {
            failure why = read.error();
            why.where = "block " + to_string(outline.first) + ": " + why.where;
            return why;
        }
        put_event(text, each);
    }
    return text.finish();
}

buffer compressed(object_codec codec, bytes_view content, buffer into) {
    into.reset(compressed_bound(codec, content.size()));
    into.shrink(compress(codec, content, into.span()));
    return into;
}

/// Count and size before, sync marker behind: the size is known last, so the body moves into place.
buffer compressed_avro_block(
    object_codec codec,
    const format_context& context,
    const block_outline& outline,
    open_block block
) {
    constexpr std::size_t longest_prefix = 20;
    const auto sync = avro_sync_marker(context);
    const std::size_t bound = compressed_bound(codec, block.records.size());
    buffer bytes = std::move(block.bytes);
    bytes.reset(longest_prefix + bound + sync.size());
    const bytes_span body = bytes.span().subspan(longest_prefix, bound);
    const std::size_t size = compress(codec, block.records, body);
    const byte_vector prefix = avro_block_prefix(outline.records, size);
    std::memmove(bytes.span().data() + prefix.size(), body.data(), size);
    place(bytes.span(), prefix);
    place(bytes.span().subspan(prefix.size() + size), sync);
    bytes.shrink(prefix.size() + size + sync.size());
    return bytes;
}

} // namespace

open_block begin_block(
    object_encoding encoding,
    const format_context& context,
    const block_outline& outline,
    buffer recycled
) {
    if (encoding == object_encoding(object_format::avro))
        return begin_avro_block(context, outline, std::move(recycled));
    open_block block;
    block.bytes = std::move(recycled);
    block.scratch.reset(static_cast<std::size_t>(outline.body_bytes));
    block.records = block.scratch.span();
    return block;
}

result<buffer> end_block(
    object_encoding encoding,
    const format_context& context,
    const block_outline& outline,
    open_block block
) {
    const object_codec codec = encoding.codec;
    const bool plain = codec == object_codec::none;
    if (encoding.format == object_format::avro) {
        if (plain) return std::move(block.bytes);
        return compressed_avro_block(codec, context, outline, std::move(block));
    }
    buffer into = plain ? std::move(block.bytes) : buffer();
    result<buffer> content = encoding.format == object_format::ndjson
                                 ? ndjson_content(outline, block.records, std::move(into))
                                 : encode_values(
                                       encoding.format,
                                       context,
                                       outline,
                                       block.records,
                                       block.open_length,
                                       std::move(into)
                                   );
    if (!content || plain) return content;
    return compressed(codec, content->view(), std::move(block.bytes));
}

} // namespace sluice
