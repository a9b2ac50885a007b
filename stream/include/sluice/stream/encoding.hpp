// stream: the words for how objects are written: format, codec, and who wrote them.
#pragma once

#include <sluice/base/result.hpp>

#include <compare>
#include <string>
#include <string_view>

namespace sluice {

enum class object_format { avro = 1, ndjson, delimited, raw, lines };
enum class object_codec { none = 1, deflate, gzip, zstd };

/// A format with its codec. A format alone stands for itself uncompressed.
struct object_encoding {
    object_format format = object_format::avro;
    object_codec codec = object_codec::none;

    object_encoding() = default;
    object_encoding(object_format of, object_codec with = object_codec::none)
        : format(of), codec(with) {}
    friend auto operator<=>(const object_encoding&, const object_encoding&) = default;
};

std::string_view name_of(object_format format); ///< "avro", "ndjson", "delimited", "raw", "lines"
std::string_view name_of(object_codec codec);   ///< "none", "deflate", "gzip", "zstd"
result<object_format> parse_format(std::string_view name); ///< the failure lists the known names
result<object_codec> parse_codec(std::string_view name);   ///< the failure lists the known names

/// avro: none, deflate, zstd; the others: none, gzip, zstd. Errors: errc::invalid_argument, with
/// what the format allows.
result<object_encoding> make_encoding(object_format format, object_codec codec);
/// As commits name them. Errors: errc::unsupported_version for what this program does not know.
result<object_encoding> known_encoding(std::string_view format, std::string_view codec);

/// Behind an object's name: "avro", "ndjson.gz", "raw.zst". Avro's codec does not show.
std::string extension_of(object_encoding encoding);
/// Who makes the bytes: this program's encoding, library, library's version and level. Other words
/// may mean other bytes for the same events.
std::string encoder_of(object_encoding encoding);

/// The format keeps values only: keys, headers and timestamps leave no trace.
inline bool values_only(object_format format) {
    return format == object_format::delimited || format == object_format::raw ||
           format == object_format::lines;
}
/// The objects themselves tell where events end, so that their sequences can be counted.
inline bool tells_events_apart(object_format format) {
    return format != object_format::raw;
}
/// Objects end at the very byte that was asked for, also inside an event; others at block ends.
inline bool cut_at_bytes(object_encoding encoding) {
    return values_only(encoding.format) && encoding.codec == object_codec::none;
}

} // namespace sluice
