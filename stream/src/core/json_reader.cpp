// stream: one line of JSON taken apart into a record.
#include "json_reader.hpp"

#include "malformed.hpp"

#include <sluice/base/text.hpp>

#include <array>

namespace sluice {

namespace {

constexpr std::array<std::string_view, 6> envelope_members{
    "sequence", "timestamp", "key", "headers", "value", "fragment"};

constexpr const char* not_json = "it is not well-formed JSON in UTF-8";

/// Marks `name` as met; false when the envelope has no such member, or it was met already.
bool mark_member(unsigned& seen, std::string_view name) {
    for (unsigned i = 0; i < envelope_members.size(); ++i) {
        if (envelope_members[i] != name) continue;
        const bool met = (seen >> i & 1) != 0;
        seen |= 1u << i;
        return !met;
    }
    return false;
}

bool take_text(simdjson::dom::element given, std::string_view& text) {
    return given.get_string().get(text) == simdjson::SUCCESS;
}

bool take_number(simdjson::dom::element given, std::int64_t& number) {
    return given.get_int64().get(number) == simdjson::SUCCESS;
}

bool take_object(simdjson::dom::element given, simdjson::dom::object& members) {
    return given.get_object().get(members) == simdjson::SUCCESS;
}

} // namespace

result<void> json_reader::read(std::string_view line) {
    out_.sequence = 0;
    out_.timestamp.reset();
    out_.key.reset();
    out_.headers.clear();
    out_.value.reset();
    out_.part.reset();
    has_sequence_ = false;
    seen_ = 0;
    member_ = {};
    decoded_.clear();
    decoded_.reserve(line.size());
    value document;
    const char* wrong = not_json;
    // False: the bytes behind the line are there, it need not be copied.
    if (parser_.parse(line.data(), line.size(), false).get(document) == simdjson::SUCCESS)
        wrong = read_document(document);
    if (wrong == nullptr) return {};
    std::string where = "event";
    if (!member_.empty()) where += ", member \"" + std::string(member_.substr(0, 64)) + '"';
    return malformed(where + ": " + wrong);
}

const char* json_reader::read_document(value document) {
    object members;
    if (!take_object(document, members)) return "expected an object in braces";
    for (const auto& [name, content] : members) {
        member_ = name;
        if (!mark_member(seen_, name)) return "it is unknown or stands there twice";
        if (const char* wrong = read_member(name, content)) return wrong;
    }
    member_ = {};
    return nullptr;
}

const char* json_reader::read_member(std::string_view name, value given) {
    if (name == "key") return read_bytes(given, out_.key);
    if (name == "value") return read_bytes(given, out_.value);
    if (given.is_null()) return nullptr;
    if (name == "timestamp") return read_timestamp(given);
    if (name == "headers") return read_headers(given);
    if (name == "fragment") return read_fragment(given);
    if (!take_number(given, out_.sequence) || out_.sequence < 0)
        return "expected a number from 0 to 2^63-1";
    has_sequence_ = true;
    return nullptr;
}

const char* json_reader::read_timestamp(value given) {
    constexpr const char* expected =
        "expected RFC 3339 text, as \"2026-11-23T10:00:00.123456Z\", or microseconds since 1970";
    std::int64_t micros = 0;
    std::string_view text;
    if (take_text(given, text)) {
        out_.timestamp = parse_timestamp(text);
    } else if (take_number(given, micros)) {
        out_.timestamp = micros;
    }
    return out_.timestamp ? nullptr : expected;
}

const char* json_reader::read_headers(value given) {
    constexpr const char* expected = "expected an array of {\"name\":…,\"value\":…}";
    simdjson::dom::array list;
    if (given.get_array().get(list) != simdjson::SUCCESS) return expected;
    for (auto each : list) {
        object members;
        if (!take_object(each, members)) return expected;
        if (const char* wrong = read_header(members)) return wrong;
    }
    return nullptr;
}

const char* json_reader::read_header(object given) {
    header each;
    bool named = false;
    bool valued = false;
    for (const auto& [name, content] : given) {
        if (name == "name" && !named) {
            if (!take_text(content, each.name)) return "a header's name must be a string";
            named = true;
        } else if (name == "value" && !valued) {
            if (const char* wrong = read_bytes(content, each.value)) return wrong;
            valued = true;
        } else {
            return "a header has a name and a value, once each, and nothing else";
        }
    }
    if (!named) return "a header has no name";
    out_.headers.push_back(each);
    return nullptr;
}

const char* json_reader::read_fragment(value given) {
    constexpr const char* expected = "expected {\"offset\":…,\"last\":…}";
    object members;
    if (!take_object(given, members)) return expected;
    fragment part;
    bool placed = false;
    for (const auto& [name, content] : members) {
        if (name == "offset" && !placed) {
            if (!take_number(content, part.offset) || part.offset < 0) return expected;
            placed = true;
        } else if (name == "last" && !part.last) {
            if (content.is_null()) continue;
            object end;
            if (!take_object(content, end)) return expected;
            if (const char* wrong = read_end(end, part.last.emplace())) return wrong;
        } else {
            return expected;
        }
    }
    if (!placed) return expected;
    out_.part = part;
    return nullptr;
}

const char* json_reader::read_end(object given, fragment_end& end) {
    constexpr const char* expected =
        "expected \"last\":{\"length\":…,\"crc64nvme\":…}, the CRC as 8 bytes in base64";
    bool measured = false;
    bool summed = false;
    for (const auto& [name, content] : given) {
        if (name == "length" && !measured) {
            if (!take_number(content, end.length) || end.length < 0) return expected;
            measured = true;
        } else if (name == "crc64nvme" && !summed) {
            std::string_view text;
            if (!take_text(content, text)) return expected;
            const auto bytes = from_base64(text);
            if (!bytes || bytes->size() != 8) return expected;
            for (const std::byte each : *bytes)
                end.crc64nvme = end.crc64nvme << 8 | std::to_integer<std::uint64_t>(each);
            summed = true;
        } else {
            return expected;
        }
    }
    return measured && summed ? nullptr : expected;
}

const char* json_reader::read_bytes(value given, std::optional<bytes_view>& out) {
    constexpr const char* expected = "expected a string, {\"base64\":\"…\"} or null";
    std::string_view text;
    object members;
    if (given.is_null()) return nullptr;
    if (take_object(given, members)) return read_base64(members, out);
    if (!take_text(given, text)) return expected;
    out = as_bytes(text);
    return nullptr;
}

const char* json_reader::read_base64(object given, std::optional<bytes_view>& out) {
    constexpr const char* expected = "expected {\"base64\":\"…\"}, padded, and nothing else";
    for (const auto& [name, content] : given) {
        std::string_view text;
        if (name != "base64" || out || !take_text(content, text)) return expected;
        const auto bytes = from_base64(text);
        if (!bytes) return expected;
        const std::size_t at = decoded_.size();
        append(decoded_, *bytes);
        out = bytes_view(decoded_).subspan(at);
    }
    return out ? nullptr : expected;
}

} // namespace sluice
