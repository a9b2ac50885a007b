// tools: what a benchmark of requests tells: to people, and to programs.
#pragma once

#include "load_segments.hpp"
#include "request_times.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

/// What was asked for.
struct request_settings {
    std::string what;      ///< "get", "put"
    std::string operation; ///< of S3: "GetObject"
    std::string endpoint;
    bool tls = false;
    std::uint64_t connections = 0, objects = 0;
    std::uint64_t object_bytes = 0, request_bytes = 0;
    std::string checksum; ///< how bodies are protected, in words
};

/// Where it was measured.
struct machine_facts {
    std::string processor, system;
    std::uint64_t cores = 0, memory = 0; ///< bytes
    double load = 0;                     ///< of the last minute, when it began
};

/// What it cost this process, while it was measured.
struct request_cost {
    double wall = 0, user = 0, system = 0; ///< seconds
    std::uint64_t peak_memory = 0;         ///< bytes, since the process began
    std::uint64_t context_switches = 0;
    std::optional<std::uint64_t> system_calls; ///< while it was measured, where the kernel counts
    /// Of a pass of its own that strace looked at, where that was asked for.
    std::optional<double> traced_calls_per_gib;
    std::string why_not_counted; ///< system calls; empty where they are
};

struct request_report {
    request_settings settings;
    machine_facts machine;
    request_cost cost;
    load_samples samples;
    request_times times, first_bytes;
    std::uint64_t bytes = 0, requests = 0; ///< bodies moved; operations that ended
    /// Sent: also retries, and those that were on their way at the end or given up: of all these
    /// the bytes are counted, too.
    std::uint64_t sent_requests = 0, retries = 0, throttled = 0, connections_opened = 0;
    bool settled = false; ///< ended because throughput had settled
};

std::string report_text(const request_report& report);
std::string report_json(const request_report& report);

/// One line of a raw dump for each request; times are µs since the measurement began.
std::string raw_heading();
struct raw_request {
    std::uint64_t worker = 0;
    std::chrono::nanoseconds begun{0}, first_byte{0}, ended{0};
    std::uint64_t bytes = 0;
};
void append_raw(std::string& to, const raw_request& one);

} // namespace sluice::command
