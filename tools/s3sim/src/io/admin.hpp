// s3sim: the simulator's own resources under /_sim/.
#pragma once

#include "io/request.hpp"
#include "io/site.hpp"

namespace sluice::sim {

inline constexpr std::string_view admin_prefix = "/_sim/";

/// Answers one request to /_sim/…: counters, faults, uploads, objects.
answer administer(site& here, std::string_view method, const target& where, std::string_view body);

} // namespace sluice::sim
