// s3sim: objects that are large and take little memory, for benchmarks of downloads.
#pragma once

#include "io/store.hpp"
#include "sluice/sim/server.hpp"

#include <sluice/base/result.hpp>

namespace sluice::sim {

/// Puts an object `synthetic` of `options.synthetic_bytes` into every bucket of `options.buckets`:
/// one block of noise, shared by all its pieces. Its CRC64NVME is told. 0 bytes: none is made.
/// Errors: errc::invalid_argument (a data directory would have to keep it).
result<void> add_synthetic(store& to, const server_options& options);

} // namespace sluice::sim
