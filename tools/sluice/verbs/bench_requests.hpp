// tools: what `sluice bench put` and `sluice bench get` have in common.
#pragma once

#include "../core/transfer_options.hpp"
#include "bench_load.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/spec.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::command {

struct chosen_verb;

// `sluice bench …`
void add_bench_put(CLI::App& to, chosen_verb& chosen);
void add_bench_get(CLI::App& to, chosen_verb& chosen);

/// As written.
struct request_words {
    std::string where; ///< s3://bucket/prefix
    std::string object_bytes = "8MiB", part_size = "8MiB";
    std::uint64_t objects = 16, connections = 16;
    std::string checksum_in = "trailer"; ///< put
    bool keep = false, existing = false;
    std::string warmup = "1s", duration = "10s";
    std::uint64_t requests = 0;
    bool autoterm = false, count_calls = false;
    std::string raw, json;
    std::string host; ///< host:port or a URL
    bool tls = false;
    s3_options s3;
};

/// Checked.
struct request_plan {
    bucket_address where;
    s3_options s3;
    std::uint64_t object_bytes = 0, request_bytes = 0, objects = 0;
    s3::checksum::kind sum = s3::checksum::kind::none;
    bool in_trailer = false;
    bool count_calls = false; ///< system calls, by strace if the kernel does not tell
    load_rules load;

    std::uint64_t parts() const { return (object_bytes + request_bytes - 1) / request_bytes; }
    /// Of the part or range with that index.
    std::uint64_t bytes_of(std::uint64_t part) const {
        return std::min(request_bytes, object_bytes - part * request_bytes);
    }
};
/// Errors: errc::invalid_argument, naming the option.
result<request_plan> plan_requests(const request_words& words);

/// A client as the plan wants it, with a place of its own for this run.
struct request_bench {
    request_plan plan;
    std::unique_ptr<s3::client> client;
    std::string endpoint;
    bool tls = false;
    std::string folder;    ///< a fresh prefix
    bool existing = false; ///< the address is that of an object, which has key 0
    byte_vector content;   ///< of each request; what no CPU trick likes

    std::string key(std::uint64_t object) const;
};
/// Errors: those of open_store.
result<request_bench>
open_bench(any_io_executor on, any_io_executor blocking, request_plan plan, logger& log);

/// Runs the load and tells what came of it; returns the exit status.
task<int> measure_requests(
    any_io_executor on,
    request_bench& bench,
    request_maker make,
    request_settings settings,
    std::string json
);

/// Removes the objects with the keys 0 … `objects` − 1; what cannot be removed is told.
task<void> remove_objects(request_bench& bench);

/// The words that both verbs take.
void add_request_flags(CLI::App& to, request_words& words);

} // namespace sluice::command
