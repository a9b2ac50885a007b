// tools: `sluice bench mixed`: what its transfers are, and what it found of each.
#pragma once

#include "../core/transfer_options.hpp"
#include "bench_mixed_shares.hpp"
#include "verb.hpp"

#include <sluice/engine.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::command {

/// As written.
struct mixed_flags {
    std::string size = "128MiB", event_bytes = "1KiB", memory = "64MiB", rate = "16MiB";
    std::string shares_for = "3s";
    std::string simulator, json;
};

/// What is done to a transfer while it runs.
enum class mixed_fate { left_alone = 1, throttled, paused, cancelled };
const char* word_of(mixed_fate fate);

/// One of the transfers that run beside each other.
struct mixed_transfer {
    std::string name;
    bool is_import = false;
    mixed_fate fate = mixed_fate::left_alone;
    std::string outcome = "failed"; ///< "completed", "cancelled"
    unsigned pauses = 0;
    std::uint64_t bytes = 0, events = 0; ///< of encoded objects; committed
    double seconds = 0;                  ///< from its first start to its last end

    bool ended_as_it_should() const;
};

/// All of it, in a process that does nothing else.
struct mixed_report {
    std::vector<mixed_transfer> transfers;
    std::uint64_t events_each = 0, memory_budget = 0, peak_memory = 0;
    double seconds = 0, cpu_user = 0, cpu_system = 0;
    shares_report shares;

    std::uint64_t bytes() const;
    double cpu_per_gib() const;
    bool whole() const;
    std::string text() const;
    std::string json() const;
};

void add_bench_mixed(CLI::App& to, chosen_verb& chosen);

} // namespace sluice::command
