// stream: meta.json.
#include "log_meta.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>

#include <simdjson.h>

namespace sluice::log {

namespace {

constexpr std::uint64_t meta_version = 1;

failure unusable_meta(error_code code, const std::string& file, const std::string& how) {
    failure why;
    why.code = code;
    why.where = file + ": " + how;
    return why;
}

void add(std::string& to, std::string_view name, std::string_view value) {
    to += ',';
    append_json_string(to, name);
    to += ':';
    append_json_string(to, value);
}

} // namespace

std::string encode(const meta& what) {
    std::string text = "{\"version\":" + std::to_string(meta_version);
    add(text, "name", what.name);
    add(text, "incarnation", what.incarnation);
    text += ",\"partitions\":" + std::to_string(what.partitions);
    add(text, "codec", what.codec);
    add(text, "durability", what.durability);
    text += ",\"retention\":null";
    if (what.reserved_by.empty())
        text += ",\"reserved_by\":null";
    else
        add(text, "reserved_by", what.reserved_by);
    add(text, "created", what.created);
    return text + "}\n";
}

result<meta> decode_meta(std::string_view text, const std::string& file) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS)
        return unusable_meta(stream_errc::damaged, file, "is not JSON");
    std::uint64_t version = 0, partitions = 0;
    if (root["version"].get(version) != simdjson::SUCCESS)
        return unusable_meta(stream_errc::damaged, file, "has no version");
    if (version != meta_version)
        return unusable_meta(
            errc::unsupported_version,
            file,
            "has version " + std::to_string(version) + "; use a newer sluice"
        );
    meta read;
    const auto take = [&root](const char* name, std::string& to) {
        std::string_view value;
        if (root[name].get(value) != simdjson::SUCCESS) return false;
        to = value;
        return true;
    };
    const bool whole = take("name", read.name) && take("incarnation", read.incarnation) &&
                       take("codec", read.codec) && take("durability", read.durability) &&
                       take("created", read.created) &&
                       root["partitions"].get(partitions) == simdjson::SUCCESS && partitions >= 1 &&
                       partitions <= 4096 && read.incarnation.size() == 32;
    if (!whole)
        return unusable_meta(
            stream_errc::damaged, file, "lacks a member, or has one that is impossible"
        );
    take("reserved_by", read.reserved_by);
    read.partitions = static_cast<std::uint32_t>(partitions);
    if (read.codec != "none")
        return unusable_meta(
            errc::unsupported_version, file, "has the unknown codec " + read.codec
        );
    if (read.durability != "fdatasync" && read.durability != "relaxed")
        return unusable_meta(
            errc::unsupported_version, file, "has the unknown durability " + read.durability
        );
    return read;
}

} // namespace sluice::log
