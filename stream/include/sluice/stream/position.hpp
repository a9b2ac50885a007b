// stream: an ordered, printable place in one partition of a stream.
#pragma once

#include <sluice/base/result.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// `offset`, usually 0, is the byte of the event's value at which this place lies (an event that
/// spills over). Sequences are 0 … 2^63−1.
struct position {
    std::uint32_t partition = 0;
    std::int64_t sequence = 0;
    std::int64_t offset = 0;

    friend auto operator<=>(const position&, const position&) = default;
};

/// `partition/sequence[.offset]`; the offset only when it is not 0.
std::string to_string(const position& place);
result<position> parse_position(std::string_view text);

} // namespace sluice
