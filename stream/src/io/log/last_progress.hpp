// stream: the progress that a partition carries, read while anybody may write.
#pragma once

#include "log_paths.hpp"

#include <cstdint>
#include <string>

namespace sluice::log {

/// Of the last durable append that carried one; empty: none did. Nothing is changed. Blocks.
/// Errors: damaged; errc::unsupported_version; errc::not_found, where the segment was removed
/// meanwhile.
result<std::string> last_progress(const stream_place& at, std::uint32_t partition);

} // namespace sluice::log
