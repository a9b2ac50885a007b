// engine: what a store can be trusted with, found out by trying.
#pragma once

#include "export_target.hpp"
#include "transfer_run.hpp"

namespace sluice {

/// Three rounds of 16 conditional PUTs at once below `_sluice/probe/`: of each round exactly one
/// may win. Done once per target; its objects are removed. Errors: engine_errc::guarantee_not_given
/// with what happened; otherwise what the store said.
task<result<void>> probe_conditional_put(transfer_run& run, export_target& target);

/// Whether the store takes checksum headers, whether it compares them with the body, and, where it
/// does not and bodies must be signed, whether it takes them in signed chunks; sets the client
/// accordingly, and leaves alone what else it was told. Errors: what the store said to a plain PUT
/// below `_sluice/probe/` (no such bucket, access denied …).
task<result<void>> probe_checksums(transfer_run& run, export_target& target);

/// What a store can do, asked once and without retrying; its objects are removed. Errors: what the
/// store said.
struct store_abilities {
    bool takes_checksums = false;    ///< CRC64NVME headers
    bool verifies_checksums = false; ///< it compares them with the body
    bool one_winner = false;         ///< of simultaneous PUTs with If-None-Match: * exactly one won
};
task<result<store_abilities>> probe_abilities(any_io_executor on, export_target& target);

} // namespace sluice
