// simulation: what happens in one run, drawn from its seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::simulation {

struct run_report {
    std::vector<std::string> violations;
    std::uint64_t deaths = 0, zombies = 0, requests = 0, commits = 0, events = 0;
    std::uint64_t trace = 0; ///< of all that happened: equal for equal runs
};

/// `root` is a folder for what cannot be simulated (lock files). `talks`: what happens is told on
/// stderr.
run_report run_scenario(std::uint64_t seed, const std::string& root, bool talks);

} // namespace sluice::simulation
