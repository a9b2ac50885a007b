// s3sim: the head of an answer as text.
#pragma once

#include "core/time_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::sim {

struct answer_head {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::uint64_t> length; ///< Content-Length; not for 204 and 304
    std::string request_id;
    bool keep_alive = true;
};

/// Status line, headers and blank line.
std::string answer_text(const answer_head& head, sys_seconds now);
std::string_view reason_of(unsigned status);

} // namespace sluice::sim
