// engine: rates out of text.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/rates.hpp>

#include <charconv>
#include <cstdint>

namespace sluice {

namespace {

constexpr std::uint64_t least_bytes = 16 << 10;

std::string without_unit(const std::string& text) {
    constexpr std::string_view a_second = "/s";
    return text.ends_with(a_second) ? text.substr(0, text.size() - a_second.size()) : text;
}

failure no_rate(const std::string& text, const std::string& what) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "\"" + text + "\": " + what;
    return why;
}

} // namespace

result<double> parse_byte_rate(const std::string& text) {
    const auto size = parse_size(without_unit(text));
    if (!size) return no_rate(text, "write a size for each second, as in 5MiB/s");
    if (*size < least_bytes) return no_rate(text, "must be at least 16KiB/s");
    return static_cast<double>(*size);
}

result<double> parse_request_rate(const std::string& text) {
    const std::string digits = without_unit(text);
    std::uint32_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    if (read.ec == std::errc() && read.ptr == end && number >= 1)
        return static_cast<double>(number);
    return no_rate(text, "write a number for each second, as in 3500/s");
}

} // namespace sluice
