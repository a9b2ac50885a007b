// stream: which file systems are not a disk of this machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::log {

/// The name of a network file system, by the number that statfs(2) gives as its type; empty: none
/// that is known. FUSE counts as one: what is behind it cannot be seen.
std::string_view network_file_system(std::uint32_t type);

} // namespace sluice::log
