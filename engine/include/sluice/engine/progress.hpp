// engine: how far a transfer is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Of one destination of an export, or of an import as a whole. Bytes are of encoded objects for
/// what was sent in this run; events count from the start of the transfer's range.
struct lane_progress {
    std::uint32_t partition = 0;
    std::int64_t first = 0, done = 0,
                 end = 0;      ///< sequences: start of the range, committed next, end of the range
    std::int64_t reached = 0;  ///< as `done`, and beyond it as many as the store has acknowledged
    std::uint64_t objects = 0; ///< committed in this run
    std::string state;         ///< states of interface.md; empty: as its destination
};

struct target_progress {
    std::string target;    ///< address without secrets
    std::string endpoint;  ///< host:port; empty: not opened yet
    std::string state;     ///< states of interface.md
    std::string desired;   ///< of this destination alone; empty: nothing in particular
    std::string guarantee; ///< in force; empty: not known yet
    std::uint64_t bytes = 0, events = 0, objects = 0, parts = 0; ///< done in this run
    std::uint64_t parts_in_flight = 0, retries = 0;
    std::optional<double> percent;
    double bytes_per_second = 0;         ///< EWMA
    std::chrono::milliseconds worked{0}; ///< in this run; 0: for as long as the run
    std::optional<std::int64_t> seconds_left;
    std::string last_error;
    bool failing = false;                      ///< nothing has succeeded since `last_error`
    std::vector<std::string> left_out;         ///< of an import: what this run left out, and why
    std::vector<std::string> left_out_earlier; ///< and the first hundred that runs before it did
    std::vector<lane_progress> lanes;
};

struct progress {
    std::string name, kind, state;
    std::uint64_t source_bytes_read =
        0; ///< of the log, for exports: equal destinations read it once
    std::vector<target_progress> targets;
};

/// One JSON object on one line, no newline.
std::string to_json(const progress& what);
/// What that wrote: of the targets without their lanes. nullopt: it is not that.
std::optional<progress> progress_of_json(std::string_view text);

} // namespace sluice
