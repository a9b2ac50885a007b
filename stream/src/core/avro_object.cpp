// stream: Avro object container files: header, sync marker, and the frame of a block.
#include "avro_object.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>

namespace sluice {

const std::string_view avro_envelope =
    R"({"type":"record","name":"event","namespace":"sluice","fields":[)"
    R"({"name":"sequence","type":"long"},)"
    R"({"name":"timestamp","type":["null",{"type":"long","logicalType":"timestamp-micros"}]},)"
    R"({"name":"key","type":["null","bytes"]},)"
    R"({"name":"headers","type":{"type":"array","items":{"type":"record","name":"header","fields":[)"
    R"({"name":"name","type":"string"},{"name":"value","type":["null","bytes"]}]}}},)"
    R"({"name":"value","type":["null","bytes"]},)"
    R"({"name":"fragment","type":["null",{"type":"record","name":"fragment","fields":[)"
    R"({"name":"offset","type":"long"},)"
    R"({"name":"last","type":["null",{"type":"record","name":"whole","fields":[)"
    R"({"name":"length","type":"long"},)"
    R"({"name":"crc64nvme","type":{"type":"fixed","name":"crc64","size":8}}]}]}]}]}]})";

namespace {

byte_vector avro_object_header(object_codec codec, const format_context& context) {
    const std::string partition = std::to_string(context.partition);
    // Sorted by name, so that the header is the same whoever writes it.
    const std::array<std::pair<std::string_view, std::string_view>, 6> metadata{{
        {"avro.codec", avro_codec_name(codec)},
        {"avro.schema", avro_envelope},
        {"sluice.incarnation", context.incarnation},
        {"sluice.partition", partition},
        {"sluice.stream", context.stream},
        {"sluice.version", sluice_version},
    }};
    byte_vector bytes;
    {
        avro_wire::sink out(bytes);
        out.put_raw(as_bytes("Obj\x01"));
        out.put_long(static_cast<std::int64_t>(metadata.size()));
        for (const auto& [name, value] : metadata) {
            out.put_bytes(as_bytes(name));
            out.put_bytes(as_bytes(value));
        }
        out.put_long(0);
        out.put_raw(avro_sync_marker(context));
    }
    return bytes;
}

} // namespace

std::string_view avro_codec_name(object_codec codec) {
    if (codec == object_codec::zstd) return "zstandard";
    return codec == object_codec::deflate ? "deflate" : "null";
}

byte_vector object_header(object_encoding encoding, const format_context& context) {
    if (encoding.format != object_format::avro) return byte_vector();
    return avro_object_header(encoding.codec, context);
}

namespace {

using marker = std::array<std::byte, avro_sync_bytes>;

marker computed_sync_marker(const format_context& context) {
    std::string text = "sluice/sync/1";
    text += '\0';
    text += context.incarnation;
    text += '\0';
    text += std::to_string(context.partition);
    const sha256_digest digest = sha256(as_bytes(text));
    marker made;
    std::copy_n(digest.begin(), made.size(), made.begin());
    return made;
}

} // namespace

/// It is asked for twice a block, mostly of the partition asked about before.
std::array<std::byte, 16> avro_sync_marker(const format_context& context) {
    struct answer {
        std::string incarnation;
        std::uint32_t partition = 0;
        marker value = computed_sync_marker(format_context());
    };
    thread_local answer last;
    if (last.partition != context.partition || last.incarnation != context.incarnation)
        last = {context.incarnation, context.partition, computed_sync_marker(context)};
    return last.value;
}

byte_vector avro_block_prefix(std::uint32_t records, std::uint64_t body_bytes) {
    byte_vector prefix;
    {
        avro_wire::sink out(prefix);
        out.put_long(records);
        out.put_long(static_cast<std::int64_t>(body_bytes));
    }
    return prefix;
}

bool has_computable_shape(object_encoding encoding) {
    return encoding == object_encoding(object_format::avro);
}

std::optional<encoded_shape> computable_shape(
    object_encoding encoding, const format_context& context, const block_outline& outline
) {
    if (!has_computable_shape(encoding)) return std::nullopt;
    const byte_vector prefix = avro_block_prefix(outline.records, outline.body_bytes);
    const auto sync = avro_sync_marker(context);
    encoded_shape shape;
    shape.bytes = prefix.size() + outline.body_bytes + sync.size();
    const std::uint64_t framed =
        crc64nvme_combine(crc64nvme(prefix), outline.body_crc64, outline.body_bytes);
    shape.crc64nvme = crc64nvme(sync, framed);
    return shape;
}

} // namespace sluice
