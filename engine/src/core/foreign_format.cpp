// engine: what an object that is not known from commits holds, told by its key and first bytes.
#include "foreign_format.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>

#include <array>
#include <utility>

namespace sluice {

namespace {

using named_format = std::pair<std::string_view, foreign_format>;

constexpr std::array<named_format, 5> foreign_names{{
    {"avro", foreign_format::avro},
    {"ndjson", foreign_format::ndjson},
    {"lines", foreign_format::lines},
    {"delimited", foreign_format::delimited},
    {"raw", foreign_format::raw},
}};
constexpr std::array<named_format, 8> foreign_endings{{
    {".avro", foreign_format::avro},
    {".ndjson", foreign_format::ndjson},
    {".jsonl", foreign_format::ndjson},
    {".lines", foreign_format::lines},
    {".log", foreign_format::lines},
    {".txt", foreign_format::lines},
    {".delimited", foreign_format::delimited},
    {".raw", foreign_format::raw},
}};
constexpr std::array<std::string_view, 4> codec_endings{".gz", ".gzip", ".zst", ".zstd"};

constexpr std::string_view avro_magic = "Obj\x01";
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";

bool begins_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

object_codec codec_by_magic(std::string_view start) {
    if (begins_with(start, gzip_magic)) return object_codec::gzip;
    if (begins_with(start, zstd_magic)) return object_codec::zstd;
    return object_codec::none;
}

std::optional<foreign_format> format_by_ending(std::string_view key) {
    for (const std::string_view codec : codec_endings) {
        if (!ends_with(key, codec)) continue;
        key.remove_suffix(codec.size());
        break;
    }
    for (const auto& [ending, format] : foreign_endings) {
        if (ends_with(key, ending)) return format;
    }
    return std::nullopt;
}

} // namespace

std::string_view name_of(foreign_format format) {
    for (const auto& [name, each] : foreign_names) {
        if (each == format) return name;
    }
    return "";
}

result<foreign_format> parse_foreign_format(std::string_view name) {
    for (const auto& [each, format] : foreign_names) {
        if (each == name) return format;
    }
    failure why;
    why.code = errc::invalid_argument;
    why.where = "\"" + std::string(name) + "\" is not one of avro, ndjson, lines, delimited, raw";
    return why;
}

result<foreign_encoding>
recognise(std::string_view key, bytes_view start, std::string_view format, std::string_view codec) {
    foreign_encoding found;
    found.codec = codec_by_magic(as_text(start));
    if (!codec.empty()) {
        auto given = parse_codec(codec);
        if (!given) return given.error();
        found.codec = *given;
    }
    if (!format.empty()) {
        auto given = parse_foreign_format(format);
        if (!given) return given.error();
        found.format = *given;
        return found;
    }
    if (begins_with(as_text(start), avro_magic)) return found;
    const auto by_ending = format_by_ending(key);
    if (by_ending) {
        found.format = *by_ending;
        return found;
    }
    failure why;
    why.code = engine_errc::usage;
    why.where = std::string(key) + ": its name and first bytes do not tell its format; give "
                                   "--format avro, ndjson, lines, delimited or raw, or "
                                   "leave such objects out with --on-bad skip";
    return why;
}

bool is_data_object(std::string_view prefix, std::string_view key, std::uint64_t size) {
    if (key.substr(0, prefix.size()) != prefix) return false;
    const std::string_view name = key.substr(prefix.size());
    if (name.empty() || (size == 0 && name.back() == '/')) return false;
    bool begins = true;
    for (const char c : name) {
        if (begins && (c == '_' || c == '.')) return false;
        begins = c == '/';
    }
    return true;
}

} // namespace sluice
