// engine: taking a partition's claim for a moment, to mend something, and giving it back.
#pragma once

#include "../core/claim_rules.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

namespace sluice {

/// Writes a claim behind the commits that `seen` sums up, in the name of the transfer that claimed
/// last: so that it can go on by itself should we die before the claim is given back. Whoever holds
/// the claim is fenced. Returns the claim. Errors: engine_errc::fenced when another commit was
/// written meanwhile (look again); what the store says.
task<result<commit>>
borrow_claim(s3::object_store& store, const export_folder& where, const tail& seen);

/// Writes a commit behind `last` under its claim: `what` has kind and details. Returns it as
/// written. Errors: as above.
task<result<commit>>
commit_under(s3::object_store& store, const export_folder& where, const commit& last, commit what);

/// Writes the release behind `last`, the newest commit under a borrowed claim.
task<result<void>>
return_claim(s3::object_store& store, const export_folder& where, const commit& last);

} // namespace sluice
