// tools: what `sluice stream info` says.
#pragma once

#include <sluice/stream/log_store.hpp>

#include <string>

namespace sluice::command {

std::string stream_text(const log_info& info);
std::string stream_json(const log_info& info);
/// One line for a list.
std::string stream_line(const log_info& info);

} // namespace sluice::command
