// engine: a whole import: one prefix, one reserved stream, one lane per partition.
#pragma once

#include "piece_fetch.hpp"
#include "transfer_state.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/s3/client.hpp>
#include <sluice/stream/log_store.hpp>

#include <memory>

namespace sluice {

/// Opens the source (its folder is looked for when the work begins) and the target stream, which is
/// created and reserved when it does not exist. The work ends when everything committed by then has
/// been appended.
std::shared_ptr<transfer_work> make_import(
    transfer::state& shared,
    const import_spec& spec,
    bucket_address from,
    std::unique_ptr<s3::client> client,
    log_store streams,
    std::string stream
);

} // namespace sluice
