// tools: which machine this is, for the record of a measurement.
#pragma once

#include "../core/request_report.hpp"

namespace sluice::command {

/// What cannot be found out is left empty.
machine_facts describe_machine();

} // namespace sluice::command
