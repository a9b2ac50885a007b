// simulation: what was met in all runs: faults by operation, deaths by place, wishes by state.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sluice::simulation {

/// Counts what happened, by its name. Changes nothing of the run.
void meet(const std::string& what);
/// All that was met since the program began.
const std::map<std::string, std::uint64_t>& all_met();

} // namespace sluice::simulation
