// engine: what a transfer would do, without doing it.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine.hpp>
#include <sluice/engine/planned.hpp>
#include <sluice/engine/spec.hpp>

#include <vector>

namespace sluice {

/// Where a plan runs; the pool runs calls that may block.
struct planning_place {
    any_io_executor on;
    any_io_executor blocking;
    engine_options options;
};

/// One per destination; an import has one. Nothing is written, but with `probe`: that puts a few
/// small objects below `_sluice/probe/` and removes them. Errors: those of the stage before a
/// transfer begins (addresses, credentials, no such stream); what a transfer would meet later is
/// told in `refused`. What the journal (`options.state_file`, if it is there) knows of the transfer
/// counts as it would for the transfer; it is only looked at.
using transfer_plan = boost::system::result<std::vector<planned_target>, engine::start_failure>;
task<transfer_plan> plan_export(planning_place at, export_spec spec, bool probe);
task<transfer_plan> plan_import(planning_place at, import_spec spec);

} // namespace sluice
