// tools: plans of transfers as text and JSON.
#pragma once

#include <sluice/engine/planned.hpp>

#include <string>
#include <vector>

namespace sluice::command {

std::string plan_text(const std::vector<planned_target>& plans);
/// One document, with its newline.
std::string plan_json(const std::vector<planned_target>& plans);

} // namespace sluice::command
