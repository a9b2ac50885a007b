// engine: documents of ours as JSON.
#include "json_line.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/error.hpp>

#include <algorithm>
#include <limits>

namespace sluice::json {

namespace {

constexpr std::string_view seal_member = ",\"crc64nvme\":\"";
constexpr std::string_view seal_end = "\"}\n";
constexpr std::size_t seal_digits = 12; // base64 of 8 bytes

std::uint64_t big_endian(bytes_view bytes) {
    std::uint64_t value = 0;
    for (const std::byte each : bytes)
        value = value << 8 | std::to_integer<std::uint64_t>(each);
    return value;
}

std::optional<std::uint64_t> crc_of_base64(std::string_view text) {
    const auto bytes = from_base64(text);
    if (!bytes || bytes->size() != 8) return std::nullopt;
    return big_endian(*bytes);
}

/// Of two members of one name, some parsers take the first and some the last.
bool repeats_a_member(const simdjson::dom::object& object) {
    std::vector<std::string_view> names;
    for (const auto field : object)
        names.push_back(field.key);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
}

} // namespace

failure damaged(const std::string& what, const std::string& how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = what + ": " + how;
    return why;
}

void line_writer::name(std::string_view name) {
    const char last = text_.empty() ? '{' : text_.back();
    if (last != '{' && last != '[') text_ += ',';
    if (name.empty()) return;
    append_json_string(text_, name);
    text_ += ':';
}

line_writer& line_writer::open(std::string_view as) {
    if (!text_.empty()) name(as);
    text_ += '{';
    return *this;
}

line_writer& line_writer::open_array(std::string_view as) {
    name(as);
    text_ += '[';
    return *this;
}

line_writer& line_writer::close() {
    text_ += '}';
    return *this;
}

line_writer& line_writer::close_array() {
    text_ += ']';
    return *this;
}

line_writer& line_writer::text(std::string_view as, std::string_view value) {
    name(as);
    append_json_string(text_, value);
    return *this;
}

line_writer& line_writer::number(std::string_view as, std::int64_t value) {
    name(as);
    text_ += std::to_string(value);
    return *this;
}

line_writer& line_writer::number(std::string_view as, std::uint64_t value) {
    name(as);
    text_ += std::to_string(value);
    return *this;
}

line_writer& line_writer::time(std::string_view as, std::optional<std::int64_t> micros) {
    name(as);
    text_ += micros ? std::to_string(*micros) : "null";
    return *this;
}

line_writer& line_writer::flag(std::string_view as, bool value) {
    name(as);
    text_ += value ? "true" : "false";
    return *this;
}

line_writer& line_writer::crc(std::string_view as, std::uint64_t value) {
    return text(as, crc64_base64(value));
}

line_writer& line_writer::place(std::string_view as, const position& value) {
    return text(as, to_string(value));
}

line_writer& line_writer::element(std::string_view value) {
    name({});
    append_json_string(text_, value);
    return *this;
}

std::string line_writer::sealed() {
    const std::uint64_t crc = crc64nvme(as_bytes(text_));
    text_ += seal_member;
    text_ += crc64_base64(crc);
    text_ += seal_end;
    text_.shrink_to_fit(); // it lies in memory until it has been published
    return std::move(text_);
}

object_reader::object_reader(
    simdjson::dom::element element, std::string what, std::optional<failure>& why
)
    : what_(std::move(what)), why_(why) {
    if (why_) return;
    if (element.get(object_) != simdjson::SUCCESS)
        refuse("is not a JSON object");
    else if (repeats_a_member(object_))
        refuse("has a member twice");
}

void object_reader::refuse(const std::string& how) {
    if (!why_) why_ = damaged(what_, how);
}

simdjson::dom::element object_reader::member(const char* name) {
    simdjson::dom::element found;
    if (why_ || object_.at_key(name).get(found) != simdjson::SUCCESS)
        refuse(std::string("has no member ") + name);
    return found;
}

std::string object_reader::text(const char* name) {
    const simdjson::dom::element found = member(name);
    std::string_view value;
    if (!why_ && found.get(value) != simdjson::SUCCESS) refuse(std::string(name) + " is not text");
    return std::string(value);
}

std::uint64_t object_reader::number(const char* name) {
    const simdjson::dom::element found = member(name);
    std::uint64_t value = 0;
    if (!why_ && found.get(value) != simdjson::SUCCESS)
        refuse(std::string(name) + " is not a number");
    return value;
}

std::uint32_t object_reader::number32(const char* name) {
    const std::uint64_t value = number(name);
    if (value > std::numeric_limits<std::uint32_t>::max())
        refuse(std::string(name) + " is too large");
    return static_cast<std::uint32_t>(value);
}

std::int64_t object_reader::integer(const char* name) {
    const simdjson::dom::element found = member(name);
    std::int64_t value = 0;
    if (!why_ && found.get(value) != simdjson::SUCCESS)
        refuse(std::string(name) + " is not an integer");
    return value;
}

std::optional<std::int64_t> object_reader::time(const char* name) {
    const simdjson::dom::element found = member(name);
    if (why_ || found.is_null()) return std::nullopt;
    return integer(name);
}

bool object_reader::flag(const char* name) {
    const simdjson::dom::element found = member(name);
    if (why_) return false;
    bool value = false;
    if (found.get(value) != simdjson::SUCCESS) refuse(std::string(name) + " is not true or false");
    return value;
}

std::uint64_t object_reader::crc(const char* name) {
    const auto value = crc_of_base64(text(name));
    if (!value) refuse(std::string(name) + " is not a checksum");
    return value.value_or(0);
}

position object_reader::place(const char* name) {
    const std::string value = text(name);
    if (why_) return position();
    const auto parsed = parse_position(value);
    if (!parsed) refuse(std::string(name) + " is not a position: " + value);
    return parsed ? *parsed : position();
}

std::vector<simdjson::dom::element> object_reader::elements(const char* name) {
    const simdjson::dom::element found = member(name);
    simdjson::dom::array value;
    if (why_) return {};
    if (found.get(value) == simdjson::SUCCESS) return {value.begin(), value.end()};
    refuse(std::string(name) + " is not an array");
    return {};
}

std::map<std::string, std::string> object_reader::texts(const char* name) {
    const simdjson::dom::element found = member(name);
    simdjson::dom::object value;
    std::map<std::string, std::string> read;
    if (why_) return read;
    if (found.get(value) != simdjson::SUCCESS) {
        refuse(std::string(name) + " is not an object");
        return read;
    }
    for (const auto field : value) {
        std::string_view text;
        if (field.value.get(text) != simdjson::SUCCESS)
            refuse(std::string(name) + " holds what is not text");
        if (field.key.empty()) refuse(std::string(name) + " has a member without a name");
        if (!read.emplace(field.key, text).second)
            refuse(std::string(name) + " has a member twice");
    }
    return read;
}

bool object_reader::has(const char* name) const {
    simdjson::dom::element found;
    return !why_ && object_.at_key(name).get(found) == simdjson::SUCCESS;
}

object_reader object_reader::object(const char* name) {
    return object_reader(member(name), what_ + ", " + name, why_);
}

result<simdjson::dom::element>
parse_sealed(simdjson::dom::parser& parser, std::string_view bytes, const std::string& what) {
    const std::size_t seal_size = seal_member.size() + seal_digits + seal_end.size();
    if (bytes.size() <= seal_size) return damaged(what, "is too short to be one");
    const std::string_view body = bytes.substr(0, bytes.size() - seal_size);
    const std::string_view seal = bytes.substr(body.size());
    const bool shaped = seal.substr(0, seal_member.size()) == seal_member &&
                        seal.substr(seal_member.size() + seal_digits) == seal_end;
    if (!shaped) return damaged(what, "does not end in its checksum");
    const auto crc = crc_of_base64(seal.substr(seal_member.size(), seal_digits));
    if (!crc || *crc != crc64nvme(as_bytes(body)))
        return damaged(what, "its checksum does not hold");
    simdjson::dom::element root;
    if (parser.parse(bytes.data(), bytes.size()).get(root) != simdjson::SUCCESS)
        return damaged(what, "is not JSON");
    return root;
}

} // namespace sluice::json
