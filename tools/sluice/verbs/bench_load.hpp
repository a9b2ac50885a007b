// tools: one request after the other on every connection, and what that costs, measured.
#pragma once

#include "../core/request_report.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/client.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace sluice::command {

struct load_rules {
    std::uint64_t connections = 1;
    std::chrono::milliseconds warmup{1000};     ///< not counted
    std::chrono::milliseconds duration{10'000}; ///< counted
    std::uint64_t requests = 0; ///< ends when so many were counted; 0: by time alone
    bool until_settled = false; ///< or when throughput has settled
    std::string raw_file;       ///< a line for each counted request; empty: none
};

/// Of one request that has ended.
struct request_moments {
    using clock = std::chrono::steady_clock;
    clock::time_point begun, first_byte, ended;
    std::uint64_t bytes = 0;
};
/// Makes the next request of that worker (0 … connections − 1).
using request_maker = std::function<task<result<request_moments>>(std::uint64_t worker)>;

/// Counting begins when the warm-up is over and every connection has ended a request, and ends
/// before the last requests do: only full load is measured. Fills in everything but the settings.
/// The first request that fails ends it: its failure. Errors also: errc::io_error (raw file).
/// Cancellation: terminal.
task<result<void>> run_load(
    any_io_executor on,
    const s3::client& by,
    load_rules rules,
    request_maker make,
    request_report& to
);

} // namespace sluice::command
