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

std::string or_null(const std::optional<std::uint64_t>& value) {
    return value ? std::to_string(*value) : "null";
}

std::string retention_text(const log_retention& rules) {
    if (!rules.removes() && !rules.max_lag) return "null";
    const std::string age = rules.age ? std::to_string(rules.age->count()) : "null";
    return "{\"bytes\":" + or_null(rules.bytes) + ",\"age\":" + age +
           ",\"max_lag\":" + or_null(rules.max_lag) + "}";
}

/// False where it is neither null nor a number.
bool take_number(simdjson::dom::element from, const char* name, std::optional<std::uint64_t>& to) {
    simdjson::dom::element value;
    if (from[name].get(value) != simdjson::SUCCESS) return false;
    if (value.is_null()) return true;
    std::uint64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS || number > INT64_MAX) return false;
    to = number;
    return true;
}

bool take_retention(simdjson::dom::element from, log_retention& to) {
    if (from.is_null()) return true;
    std::optional<std::uint64_t> age;
    const bool whole = from.is_object() && take_number(from, "bytes", to.bytes) &&
                       take_number(from, "age", age) && take_number(from, "max_lag", to.max_lag);
    if (age) to.age = std::chrono::microseconds(static_cast<std::int64_t>(*age));
    return whole;
}

/// Older streams have none.
bool take_group_window(simdjson::dom::element root, std::chrono::microseconds& to) {
    simdjson::dom::element value;
    if (root["group_window"].get(value) != simdjson::SUCCESS) return true;
    std::int64_t micros = 0;
    if (value.get(micros) != simdjson::SUCCESS) return false;
    if (micros < 0 || micros > longest_group_window.count()) return false;
    to = std::chrono::microseconds(micros);
    return true;
}

} // namespace

std::string encode(const meta& what) {
    std::string text = "{\"version\":" + std::to_string(meta_version);
    add(text, "name", what.name);
    add(text, "incarnation", what.incarnation);
    text += ",\"partitions\":" + std::to_string(what.partitions);
    add(text, "codec", what.codec);
    add(text, "durability", what.durability);
    text += ",\"retention\":" + retention_text(what.retention);
    if (what.reserved_by.empty())
        text += ",\"reserved_by\":null";
    else
        add(text, "reserved_by", what.reserved_by);
    add(text, "created", what.created);
    if (what.on_network_disk) text += ",\"on_network_disk\":true";
    if (what.group_window.count() > 0)
        text += ",\"group_window\":" + std::to_string(what.group_window.count());
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
    simdjson::dom::element retention;
    const auto take = [&root](const char* name, std::string& to) {
        std::string_view value;
        if (root[name].get(value) != simdjson::SUCCESS) return false;
        to = value;
        return true;
    };
    const bool whole = take("name", read.name) && take("incarnation", read.incarnation) &&
                       take("codec", read.codec) && take("durability", read.durability) &&
                       take("created", read.created) &&
                       root["retention"].get(retention) == simdjson::SUCCESS &&
                       take_retention(retention, read.retention) &&
                       root["partitions"].get(partitions) == simdjson::SUCCESS && partitions >= 1 &&
                       partitions <= 4096 && read.incarnation.size() == 32 &&
                       take_group_window(root, read.group_window);
    if (!whole)
        return unusable_meta(
            stream_errc::damaged, file, "lacks a member, or has one that is impossible"
        );
    take("reserved_by", read.reserved_by);
    bool trusted = false;
    read.on_network_disk = root["on_network_disk"].get(trusted) == simdjson::SUCCESS && trusted;
    read.partitions = static_cast<std::uint32_t>(partitions);
    if (read.codec != "none" && read.codec != "zstd")
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
