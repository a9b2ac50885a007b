// engine: what a bucket's lifecycle rules mean for an export below a folder. Pure.
#pragma once

#include <sluice/s3/requests.hpp>

#include <string>
#include <vector>

namespace sluice {

struct lifecycle_notes {
    std::vector<std::string> notes;
    std::vector<std::string> warnings;
};

/// Uploads that nobody ends cost money until a rule aborts them; a rule that removes or archives
/// commits breaks the export for good.
lifecycle_notes
notes_on_lifecycle(const std::vector<s3::lifecycle_rule>& rules, const std::string& folder);

/// The same for objects below `prefix` that no export made.
std::vector<std::string>
notes_on_foreign_objects(const std::vector<s3::lifecycle_rule>& rules, const std::string& prefix);

} // namespace sluice
