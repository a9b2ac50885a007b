// stream: the header of an Avro object read back, ours or foreign.
#include "avro_object.hpp"
#include "malformed.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

/// Ours have six; each costs memory that is many times the two bytes an empty one takes.
constexpr std::size_t most_metadata_entries = 1000;

/// One run of metadata entries; false when it was the last, empty one.
bool take_metadata_block(avro_wire::source& from, avro_header& header) {
    std::int64_t count = from.take_long();
    if (count == 0) return false;
    // A count below zero is followed by the run's size in bytes, which says nothing new.
    if (count < 0) {
        from.take_long();
        count = count < -1'000'000 ? 1'000'001 : -count;
    }
    for (; count > 0 && from.wrong() == nullptr; --count) {
        std::string name(as_text(from.take_bytes()));
        std::string value(as_text(from.take_bytes()));
        if (header.metadata.size() == most_metadata_entries)
            from.refuse("it has more than 1,000 entries of metadata");
        if (from.wrong() == nullptr)
            header.metadata.emplace_back(std::move(name), std::move(value));
    }
    return from.wrong() == nullptr;
}

failure avro_header_failure(error_code code, const std::string& what) {
    failure why;
    why.code = code;
    why.where = "Avro object header: " + what;
    return why;
}

} // namespace

bool take_avro_header(avro_wire::source& from, avro_header& header) {
    header = avro_header();
    const std::string_view magic("Obj\x01", 4);
    const std::size_t there = std::min(from.left(), magic.size());
    const std::string_view start = as_text(avro_wire::source(from).take_raw(there));
    if (start != magic.substr(0, there)) from.refuse("it does not begin with Obj and 1");
    from.take_raw(magic.size());
    while (take_metadata_block(from, header)) {
    }
    const bytes_view sync = from.take_raw(avro_sync_bytes);
    if (from.wrong() != nullptr) return false;
    std::copy(sync.begin(), sync.end(), header.sync.begin());
    header.codec = metadata_of(header, "avro.codec");
    if (header.codec.empty()) header.codec = avro_codec_name(object_codec::none);
    header.schema = metadata_of(header, "avro.schema");
    header.size = from.offset();
    return true;
}

std::string_view metadata_of(const avro_header& header, std::string_view name) {
    for (const auto& [each, value] : header.metadata)
        if (each == name) return value;
    return {};
}

result<avro_header> read_avro_header(bytes_view start) {
    avro_wire::source from(start);
    avro_header header;
    if (take_avro_header(from, header)) return header;
    return malformed(std::string("Avro object header: ") + from.wrong());
}

result<object_codec> codec_of(const avro_header& header) {
    for (const auto codec : {object_codec::none, object_codec::deflate, object_codec::zstd})
        if (header.codec == avro_codec_name(codec)) return codec;
    return avro_header_failure(
        errc::unsupported_version,
        "codec '" + header.codec + "', this program reads null, deflate and zstandard"
    );
}

result<void> check_avro_header(const avro_header& header, const format_context& context) {
    const std::string_view version = metadata_of(header, "sluice.version");
    if (version != sluice_version)
        return avro_header_failure(
            errc::unsupported_version,
            "sluice.version is '" + std::string(version) + "', this program reads 1"
        );
    auto codec = codec_of(header);
    if (!codec) return codec.error();
    if (header.schema != avro_envelope)
        return avro_header_failure(errc::unsupported_version, "the schema is not the envelope's");
    if (context.incarnation.empty()) return {};
    const std::string_view incarnation = metadata_of(header, "sluice.incarnation");
    const std::string_view partition = metadata_of(header, "sluice.partition");
    if (incarnation != context.incarnation || partition != std::to_string(context.partition))
        return avro_header_failure(
            stream_errc::diverged,
            "it holds partition " + std::string(partition) + " of incarnation " +
                std::string(incarnation) + ", expected " + std::to_string(context.partition) +
                " of " + context.incarnation
        );
    if (header.sync == avro_sync_marker(context)) return {};
    return malformed("Avro object header: the sync marker is not the partition's");
}

} // namespace sluice
