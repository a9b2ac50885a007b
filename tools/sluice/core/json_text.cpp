// tools: small JSON documents, written member by member in the order given.
#include "json_text.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

#include <cmath>

namespace sluice::command {

std::string json_string(std::string_view text) {
    std::string literal;
    if (is_utf8(text)) {
        append_json_string(literal, text);
        return literal;
    }
    std::string ascii(text);
    for (char& c : ascii)
        if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    append_json_string(literal, ascii);
    return literal;
}

json_object& json_object::value(std::string_view name, std::string_view json) {
    if (!members_.empty()) members_ += ',';
    members_ += json_string(name);
    members_ += ':';
    members_ += json;
    return *this;
}

json_object& json_object::text(std::string_view name, std::string_view value_text) {
    return value(name, json_string(value_text));
}

json_object& json_object::number(std::string_view name, std::uint64_t number_value) {
    return value(name, fmt::format("{}", number_value));
}

json_object& json_object::integer(std::string_view name, std::int64_t number_value) {
    return value(name, fmt::format("{}", number_value));
}

json_object& json_object::real(std::string_view name, double number_value) {
    if (!std::isfinite(number_value)) return null(name);
    return value(name, fmt::format("{:.6g}", number_value));
}

json_object& json_object::flag(std::string_view name, bool yes) {
    return value(name, yes ? "true" : "false");
}

json_object& json_object::null(std::string_view name) {
    return value(name, "null");
}

void json_array::add(std::string_view json) {
    if (!items_.empty()) items_ += ',';
    items_ += json;
}

} // namespace sluice::command
