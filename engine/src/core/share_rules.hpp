// engine: what executors that divide a transfer between them may use of what the whole may. Pure.
#pragma once

#include <sluice/engine/spec.hpp>

#include <cstddef>

namespace sluice {

/// Over so many executors, of `most`, a transfer of so many partitions is spread: no more than
/// there are partitions, nor than its memory gives each a few parts.
std::size_t shares_of(const transfer_rules& whole, std::size_t partitions, std::size_t most);
/// What one of so many shares may use of what the whole may.
transfer_rules rules_of_share(const transfer_rules& whole, std::size_t of);

} // namespace sluice
