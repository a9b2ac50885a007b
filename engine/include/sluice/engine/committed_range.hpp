// engine: a part of a partition, as its commits tell of it. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// `[first, next)`: an object in force, or why there is none.
struct committed_range {
    position first, next;
    std::shared_ptr<const committed_object> object; ///< none: nothing of the range is there
    std::string why;                                ///< nothing is there
    bool expired = false;                           ///< the bucket's lifecycle has removed it
    std::shared_ptr<const committed_object> gone;   ///< what has expired
    std::uint64_t commit = 0;                       ///< the one that exported it, or told the gap
    bool replaced = false;                          ///< by a later commit; the object is the newer
    std::optional<std::uint64_t> replaced_by;       ///< still to be looked up; see ranges_of
};

} // namespace sluice
