// stream: giving up what is damaged, so that the rest can be used.
#pragma once

#include "log_paths.hpp"

#include <sluice/stream/log_store.hpp>

#include <vector>

namespace sluice::log {

/// As log_store::give_up_damaged: takes the writer's lock and the cursors'. What is given up
/// becomes one range at the beginning of its partition, as if retention had removed it: readers are
/// told where the partition begins now, and an export records the gap only when it is told to.
/// Files are renamed to `….lost`, which nothing reads. Blocks.
result<std::vector<log_loss>> give_up_damaged(const stream_place& at, bool look_only);

} // namespace sluice::log
