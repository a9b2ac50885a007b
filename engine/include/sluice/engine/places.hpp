// engine: places in a stream as people write them: where an export begins and where it ends.
#pragma once

#include <sluice/base/result.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice {

/// `saved`, `earliest`, `latest`, `seq:N` or `time:RFC3339`.
struct place {
    enum class kind { saved = 1, earliest, latest, sequence, time };
    kind what = kind::saved;
    std::int64_t value = 0; ///< the sequence, or µs since 1970 UTC

    friend bool operator==(const place&, const place&) = default;
};
/// As it is written, in one spelling: two places are the same when their words are.
std::string to_string(const place& what);

/// One place for all partitions, or one for each that is named; the others are `saved`.
struct places {
    place all;
    std::map<std::uint32_t, place> each;

    const place& of(std::uint32_t partition) const;
    bool uses(place::kind what) const;
};

/// `PLACE`, or `0=PLACE,1=PLACE`, or `0/N` for `0=seq:N`; empty text is `saved`. Errors:
/// errc::invalid_argument, telling what is understood.
result<places> parse_places(std::string_view text);

} // namespace sluice
