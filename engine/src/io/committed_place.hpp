// engine: where in an export a place lies that somebody wrote.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/s3/object_store.hpp>

#include <optional>

namespace sluice {

/// nullopt for `saved`. A time is the first event stamped then or later, in the order of the
/// stream; events without timestamp are passed over; the end of the commits when there is none. The
/// piece lists tell where to look: one piece is read, seldom more. Errors: engine_errc::usage where
/// the format does not tell; damaged_object; what the store says.
task<result<std::optional<position>>> find_committed_place(
    s3::object_store& store, const export_folder& where, const partition_survey& survey, place what
);

} // namespace sluice
