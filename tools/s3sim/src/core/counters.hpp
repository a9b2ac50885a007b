// s3sim: what was asked and answered.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sluice::sim {

struct operation_counters {
    std::uint64_t requests = 0;
    std::map<unsigned, std::uint64_t> statuses; ///< 0: no answer was given
    std::uint64_t bytes_in = 0;                 ///< of request bodies
    std::uint64_t bytes_out = 0;                ///< of answers' bodies
};

/// Counts by operation; requests that are no operation count as "Invalid".
struct counters {
    std::uint64_t connections = 0;
    std::uint64_t faults = 0; ///< requests that met at least one
    std::map<std::string, operation_counters> operations;
};

/// {"connections":…,"faults":…,"requests":{"PutObject":1},"statuses":{"200":1},"bytes_in":…,
/// "bytes_out":…,"operations":{"PutObject":{"requests":…,"statuses":…,"bytes_in":…,…}}}
std::string counters_document(const counters& from);

} // namespace sluice::sim
