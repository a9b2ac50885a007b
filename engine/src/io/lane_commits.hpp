// engine: how an object of a lane becomes part of the export: its commit, and whose the bucket is.
#pragma once

#include "lane_plans.hpp"

#include <sluice/engine/commit.hpp>

namespace sluice {

/// Journals the commit that makes the object part of the export, with the object's completion,
/// before it is sent.
task<result<void>> prepare_commit(lane_progressing& at, committed_object object);

/// Reads where the bucket stands under our claim; engine_errc::fenced: a newer claim stands there.
task<result<void>> learn_tail(lane_progressing& at);

/// Sends the journaled commit, byte for byte, until it stands or something else does.
task<result<void>> publish_commit(lane_progressing& at);

/// From now on retention may take what is committed.
task<result<void>> move_cursor(lane_progressing& at);

} // namespace sluice
