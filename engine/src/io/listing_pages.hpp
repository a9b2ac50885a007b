// engine: a listing of a store, page by page.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/listing_walk.hpp>
#include <sluice/s3/object_store.hpp>

namespace sluice {

/// The page that `walk` comes to. One that does not go on from those before is asked for once more;
/// a store that has no better one will have none later. Errors: engine_errc::gave_up, for a
/// listing that repeats names, has them in another order, or has no end; what the store says.
/// Cancellation: terminal; the walk can be continued.
task<result<s3::list_page>> next_page(s3::object_store& store, s3::listing_walk& walk, deadline by);

} // namespace sluice
