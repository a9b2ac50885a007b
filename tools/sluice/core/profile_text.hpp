// tools: what a probe found, for people.
#pragma once

#include <sluice/s3/store_profile.hpp>

#include <string>

namespace sluice::command {

/// A table of the abilities, and below it what follows from them.
std::string profile_text(const s3::store_profile& found);

} // namespace sluice::command
