// engine: an export read as if it were a stream.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/stream/reader.hpp>

#include <memory>

namespace sluice {

/// Reads the commits of all partitions once; what is committed later is not seen. Blocks are pieces
/// of objects, each checked and decoded when its outline is asked for; one is held in memory per
/// partition. There are no cursors, and nothing to wait for. Errors: those of fetch_commits; of the
/// reader also damaged_object. `store` must outlive it.
task<result<std::unique_ptr<reader>>>
open_export_reader(s3::object_store& store, export_folder where);

} // namespace sluice
