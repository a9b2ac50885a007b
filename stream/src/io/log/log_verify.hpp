// stream: reading every byte of a stream and checking it.
#pragma once

#include "log_paths.hpp"

#include <sluice/stream/log_store.hpp>

namespace sluice::log {

/// Up to the durable end, which may move meanwhile. Nothing is changed. Blocks.
result<log_verdict> verify_stream(const stream_place& at);

} // namespace sluice::log
