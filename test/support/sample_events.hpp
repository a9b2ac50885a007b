// test support: the events of the golden files test/vectors/formats/sample.*. Never change them.
#pragma once

#include <sluice/stream/event.hpp>
#include <sluice/stream/format.hpp>

#include <limits>
#include <string_view>
#include <vector>

namespace sluice {

using namespace std::string_view_literals;

inline format_context sample_context() {
    return {"orders", "0123456789abcdef0123456789abcdef", 3};
}

/// Whole events: every member absent, empty, text, and not text.
inline std::vector<record> sample_whole_events() {
    constexpr std::int64_t time = 1'795'428'000'123'456; // 2026-11-23T10:00:00.123456Z
    return {
        {7,
         time,
         as_bytes("k1"),
         {{"h", as_bytes("v")}, {"h", std::nullopt}},
         as_bytes("text"),
         {}},
        {8, std::nullopt, std::nullopt, {}, std::nullopt, {}},
        {9, 0, bytes_view(), {{"", bytes_view()}}, bytes_view(), {}},
        {10,
         -1,
         as_bytes("\xff\x00"sv),
         {{"ключ", as_bytes("\x80\x81"sv)}},
         as_bytes("\xc3("sv),
         {}},
        {12,
         std::numeric_limits<std::int64_t>::min(),
         {},
         {},
         as_bytes("\0\b\t\n\f\r\x1f\"\\/\x7f\u2028é😀"sv),
         {}},
        {1'000'000'000'000,
         std::numeric_limits<std::int64_t>::max(),
         {},
         {},
         as_bytes("{\"base64\":\"QQ==\"}"),
         {}},
    };
}

/// One event of three fragments.
inline std::vector<record> sample_fragments() {
    constexpr std::int64_t sequence = 1'000'000'000'001;
    record first{
        sequence, 1, as_bytes("k"), {{"h", as_bytes("v")}}, as_bytes("12345"), fragment{0, {}}};
    record second{sequence, {}, {}, {}, as_bytes("6789"), fragment{5, {}}};
    record last{
        sequence, {}, {}, {}, bytes_view(), fragment{9, fragment_end{9, 0xae8b14860a799888u}}};
    return {first, second, last};
}

} // namespace sluice
