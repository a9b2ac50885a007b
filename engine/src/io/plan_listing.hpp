// engine: what an import by listing would do, without doing it.
#pragma once

#include <sluice/base/task.hpp>
#include <sluice/engine/plan.hpp>

namespace sluice {

/// `spec.listing` is set. Errors: as plan_import.
task<transfer_plan> plan_by_listing(planning_place at, import_spec spec);

} // namespace sluice
