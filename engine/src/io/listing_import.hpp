// engine: an import of objects that nobody committed: what a listing shows, one after the other.
#pragma once

#include "transfer_state.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/s3/client.hpp>
#include <sluice/stream/log_store.hpp>

#include <memory>

namespace sluice {

/// Creates the target stream with one partition, reserved, when it does not exist. Ends when what
/// the listing showed at the beginning has been appended. `spec.listing` is set.
std::shared_ptr<transfer_work> make_listing_import(
    transfer::state& shared,
    const import_spec& spec,
    bucket_address from,
    std::unique_ptr<s3::client> client,
    log_store streams,
    std::string stream
);

} // namespace sluice
