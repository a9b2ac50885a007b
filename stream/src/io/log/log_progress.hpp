// stream: the progress that a partition's writer has stored, read without being the writer.
#pragma once

#include "../../core/log_batch.hpp"
#include "log_paths.hpp"

#include <sluice/base/result.hpp>

#include <cstdint>
#include <string>

namespace sluice::log {

/// Of the last durable append that carried one; empty: none did. Reads the headers of the last
/// segment. Errors: damaged; what reading says.
result<std::string>
last_progress(const stream_place& at, std::uint32_t partition, const seed& with);

} // namespace sluice::log
