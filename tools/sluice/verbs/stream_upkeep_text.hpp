// tools: what `sluice stream trim` and `sluice stream cursors` say.
#pragma once

#include <sluice/engine/cursor_owners.hpp>
#include <sluice/stream/log_store.hpp>

#include <string>
#include <vector>

namespace sluice::command {

/// `look_only`: nothing was removed, it is only told what would be.
std::string
trim_text(const std::string& name, const std::vector<log_trimmed_partition>& done, bool look_only);
std::string
trim_json(const std::string& name, const std::vector<log_trimmed_partition>& done, bool look_only);

/// Of cursors that none of the owners has, `state_file` is told not to know any.
std::string cursors_text(
    const std::string& name,
    const std::vector<log_cursor_info>& cursors,
    const std::vector<cursor_owner>& owners,
    const std::string& state_file
);
std::string cursors_json(
    const std::string& name,
    const std::vector<log_cursor_info>& cursors,
    const std::vector<cursor_owner>& owners
);

/// "the last 10.0 GiB, 7 days", "everything".
std::string retention_text(const log_retention& rules);
std::string retention_json(const log_retention& rules);

} // namespace sluice::command
