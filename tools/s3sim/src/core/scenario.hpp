// s3sim: one behaviour of a store as a document: quirks, pace and faults.
#pragma once

#include "core/fault_rules.hpp"
#include "core/quirks.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

/// How fast the server is; 0: as it can.
struct pace {
    std::chrono::milliseconds latency{0}; ///< before each answer
    std::uint64_t bytes_per_second = 0;   ///< of each connection, in each direction
    double requests_per_second = 0;       ///< of all; what is beyond hears 503 SlowDown
};

struct scenario {
    std::string about;
    quirks odd;
    pace speed;
    std::vector<fault_rule> faults;
    std::optional<std::uint64_t> seed; ///< of the faults' probabilities
};

/// "50MiB/s" or "50MiB"; "3500/s" or "3500".
result<std::uint64_t> read_bandwidth(std::string_view text);
result<double> read_request_rate(std::string_view text);

/// Adds a document to `to`: {"about":"…","profile":"r2","quirks":["equal-parts"],"latency":"20ms",
/// "bandwidth":"50MiB/s","max-requests":"3500/s","seed":7,"faults":[…]}; every member may be
/// absent. The failure's `where` names the member that is wrong.
result<void> add_scenario(scenario& to, std::string_view json);
/// Without its faults, which have a page of their own.
std::string scenario_document(const scenario& from);

} // namespace sluice::sim
