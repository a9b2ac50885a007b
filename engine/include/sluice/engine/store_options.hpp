// engine: how a client of a store is made, for a caller who wants to change some of it.
#pragma once

#include <sluice/base/log.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/s3/client.hpp>

namespace sluice {

/// What open_store makes its client of. What the address says wins over `common`, which wins over
/// environment and files (`env`; empty: the process's own). Nothing is sent. Errors:
/// no_credentials, errc::invalid_argument. `clock`: as of engine_options.
result<s3::client_options> store_options(
    any_io_executor on,
    const bucket_address& address,
    const s3_options& common,
    const s3::environment& env,
    logger& log,
    const wall_clock& clock = {}
);

} // namespace sluice
