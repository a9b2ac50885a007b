// engine: what lies in a partition's folder and is in force for no commit.
#pragma once

#include "../core/claim_rules.hpp"
#include "../core/named_keys.hpp"
#include "object_check.hpp"

#include <cstdint>

namespace sluice {

/// Tells of the partition's objects that are not `named`: as strays, of those that were replaced in
/// a note; and as a problem where `of` says that no commits are there. Errors: the store's.
task<result<void>>
find_unnamed(verification& at, const tail& of, std::uint32_t partition, const named_keys& named);

} // namespace sluice
