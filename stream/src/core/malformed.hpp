// stream: how the formats say that input is not what it should be.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/error.hpp>

#include <string>
#include <utility>

namespace sluice {

inline failure malformed(std::string where) {
    failure why;
    why.code = stream_errc::malformed;
    why.where = std::move(where);
    return why;
}

} // namespace sluice
