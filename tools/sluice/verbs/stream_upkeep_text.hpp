// tools: what `sluice stream trim` and `sluice stream cursors` say.
#pragma once

#include <sluice/stream/log_store.hpp>

#include <string>
#include <vector>

namespace sluice::command {

/// `look_only`: nothing was removed, it is only told what would be.
std::string
trim_text(const std::string& name, const std::vector<log_trimmed_partition>& done, bool look_only);
std::string
trim_json(const std::string& name, const std::vector<log_trimmed_partition>& done, bool look_only);

std::string cursors_text(const std::string& name, const std::vector<log_cursor_info>& cursors);
std::string cursors_json(const std::string& name, const std::vector<log_cursor_info>& cursors);

/// "the last 10.0 GiB, 7 days", "everything".
std::string retention_text(const log_retention& rules);
std::string retention_json(const log_retention& rules);

} // namespace sluice::command
