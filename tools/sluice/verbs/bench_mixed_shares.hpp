// tools: `sluice bench mixed`: exports of one engine towards one server, each with its weight.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

/// One that shares.
struct weighted_export {
    unsigned weight = 1;
    std::uint64_t bytes = 0; ///< of parts that arrived while all of them moved
};

/// What they got.
struct shares_report {
    std::vector<weighted_export> exports;
    double seconds = 0;               ///< in which all of them moved
    std::uint64_t parts = 0;          ///< that arrived then
    std::optional<double> unevenness; ///< see `window_shares`; none: too short to tell

    /// Of all bytes, as a part of 1: what it got, and what its weight is due.
    double share_of(const weighted_export& one) const;
    double due_to(const weighted_export& one) const;
    std::string text() const;
    std::string json() const; ///< an object
};

/// Where and how long.
struct shares_scene {
    any_io_executor on;
    std::string server;  ///< its URL; it takes parts of any size, each connection at a pace
    std::string bucket;  ///< that it has
    std::string scratch; ///< a directory with the stream
    std::string stream;  ///< its name; of several partitions
    std::uint64_t memory = 0;
    std::chrono::milliseconds span{0};
};

/// With an engine of its own, with that much memory for all. Ends when the span is over, or one of
/// them has sent everything. Errors: what the exports end with.
task<result<shares_report>> measure_shares(const shares_scene& scene);

} // namespace sluice::command
