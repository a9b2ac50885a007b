// simulation: what was met in all runs: faults by operation, deaths by place, wishes by state.
#include "coverage.hpp"

namespace sluice::simulation {

namespace {

std::map<std::string, std::uint64_t>& counts() {
    static std::map<std::string, std::uint64_t> all;
    return all;
}

} // namespace

void meet(const std::string& what) {
    ++counts()[what];
}

const std::map<std::string, std::uint64_t>& all_met() {
    return counts();
}

} // namespace sluice::simulation
