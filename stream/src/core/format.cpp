// stream: the names of formats and codecs, and which go together.
#include <sluice/base/error.hpp>
#include <sluice/stream/compression.hpp>
#include <sluice/stream/encoding.hpp>

#include <initializer_list>

namespace sluice {

namespace {

constexpr auto all_formats = {
    object_format::avro,
    object_format::ndjson,
    object_format::lines,
    object_format::delimited,
    object_format::raw};
constexpr auto all_codecs = {
    object_codec::none, object_codec::deflate, object_codec::gzip, object_codec::zstd};

bool allowed(object_format format, object_codec codec) {
    if (codec == object_codec::deflate) return format == object_format::avro;
    if (codec == object_codec::gzip) return format != object_format::avro;
    return true;
}

failure refused(errc code, std::string text) {
    failure why;
    why.code = code;
    why.where = std::move(text);
    return why;
}

} // namespace

std::string_view name_of(object_format format) {
    switch (format) {
    case object_format::avro:
        return "avro";
    case object_format::ndjson:
        return "ndjson";
    case object_format::delimited:
        return "delimited";
    case object_format::raw:
        return "raw";
    case object_format::lines:
        return "lines";
    }
    return {};
}

std::string_view name_of(object_codec codec) {
    switch (codec) {
    case object_codec::none:
        return "none";
    case object_codec::deflate:
        return "deflate";
    case object_codec::gzip:
        return "gzip";
    case object_codec::zstd:
        return "zstd";
    }
    return {};
}

result<object_format> parse_format(std::string_view name) {
    for (const auto known : all_formats)
        if (name == name_of(known)) return known;
    return refused(
        errc::invalid_argument,
        "format '" + std::string(name) + "': known are avro, ndjson, lines, delimited and raw"
    );
}

result<object_codec> parse_codec(std::string_view name) {
    for (const auto known : all_codecs)
        if (name == name_of(known)) return known;
    return refused(
        errc::invalid_argument,
        "codec '" + std::string(name) + "': known are none, zstd, gzip and deflate"
    );
}

result<object_encoding> make_encoding(object_format format, object_codec codec) {
    if (allowed(format, codec)) return object_encoding(format, codec);
    const bool avro = format == object_format::avro;
    return refused(
        errc::invalid_argument,
        "codec " + std::string(name_of(codec)) + " does not go with format " +
            std::string(name_of(format)) + ", which takes " +
            (avro ? "none, deflate or zstd" : "none, gzip or zstd")
    );
}

result<object_encoding> known_encoding(std::string_view format, std::string_view codec) {
    const auto known_format = parse_format(format);
    const auto known_codec = parse_codec(codec);
    if (known_format && known_codec && allowed(*known_format, *known_codec))
        return object_encoding(*known_format, *known_codec);
    return refused(
        errc::unsupported_version,
        "format '" + std::string(format) + "' with codec '" + std::string(codec) +
            "': written by a newer sluice"
    );
}

std::string extension_of(object_encoding encoding) {
    std::string extension(name_of(encoding.format));
    if (encoding.format == object_format::avro) return extension;
    if (encoding.codec == object_codec::gzip) extension += ".gz";
    if (encoding.codec == object_codec::zstd) extension += ".zst";
    return extension;
}

std::string encoder_of(object_encoding encoding) {
    if (encoding.codec == object_codec::none) return "sluice 1";
    return "sluice 1, " + compressor_name(encoding.codec);
}

} // namespace sluice
