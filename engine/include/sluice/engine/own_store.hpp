// engine: stores that the host brings: of objects, where the engine would open a client of S3, and
// of streams.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/stream/stream_store.hpp>

#include <functional>
#include <memory>
#include <string>

namespace sluice {

struct own_store {
    std::shared_ptr<s3::object_store> store;
    /// Tells places apart that have the same bucket and prefix; it is part of a transfer's
    /// identity, so the same from run to run.
    std::string endpoint;
};

/// Asked on the engine's executor for each destination and source; `store` null: this address is
/// S3's. Throttling, retries inside an operation and checksums of bodies are the store's own
/// affair.
using store_bringer = std::function<result<own_store>(const bucket_address& address)>;

/// Asked on the engine's executor for the stream of each transfer: SCHEME:NAME, whatever the
/// scheme. Null: the embedded log's, where the scheme is `log`, else nobody's. It is used from the
/// engine's executor, and must be usable until the transfers that were given it have ended.
using stream_bringer =
    std::function<result<std::shared_ptr<stream_store>>(const stream_address& address)>;

} // namespace sluice
