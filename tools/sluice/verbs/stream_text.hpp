// tools: what `sluice stream info` says.
#pragma once

#include <sluice/stream/log_store.hpp>

#include <string>
#include <vector>

namespace sluice::command {

/// What the import that filled a stream left out, by partition. Empty: nobody looked.
using left_out_lists = std::vector<std::vector<std::string>>;

std::string stream_text(const log_info& info, const left_out_lists& left_out);
std::string stream_json(const log_info& info, const left_out_lists& left_out = {});
/// One line for a list.
std::string stream_line(const log_info& info);

} // namespace sluice::command
