// engine: one export, spread over several executors: each has a share of the partitions.
#pragma once

#include "../core/share_rules.hpp"
#include "export_run.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice {

/// Over so many executors an export is spread, of `most` (shares_of).
std::size_t shares_of(const export_spec& spec, std::uint32_t partitions, std::size_t most);

/// What one executor brings: everything in `parts` lives there.
struct share_parts {
    any_io_executor on;
    export_parts parts;
    std::shared_ptr<step_queue> steps; ///< of that executor
};

/// As make_export. The first share lives on the transfer's own strand. The shares have nothing in
/// common but what is said of the transfer as a whole: the journal (one call at a time), the log,
/// and each destination's cursor, which the strand moves for all.
std::shared_ptr<transfer_work>
make_spread_export(transfer::state& shared, std::vector<share_parts> shares);

} // namespace sluice
