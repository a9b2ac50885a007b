// s3client: asks a store what it can do, by trying.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/client.hpp>
#include <sluice/s3/store_profile.hpp>

#include <string>

namespace sluice::s3 {

struct probe_request {
    std::string bucket;
    std::string prefix; ///< every key begins with it, followed by a name that nobody else has
    /// Whether parts of 5 MiB may be sent, up to four of them, where the store refuses small ones.
    bool large_parts = true;
};

/// Makes small objects and uploads below the prefix and removes them again, versions included; what
/// it could not remove is named in the profile. Takes 150 requests or so. The client's dialect is
/// changed meanwhile, and is what was found afterwards: no other call may use it.
///
/// Errors: what the store said to the very first, plain PUT (no_such_bucket, access_denied …).
/// Whatever fails later makes one ability "no" or "unknown", with the store's own words.
/// Cancellation: terminal; objects may stay (`sluice cleanup` removes them), the client stays
/// usable.
task<result<store_profile>>
probe_store(any_io_executor on, client& store, probe_request what, deadline by);

} // namespace sluice::s3
