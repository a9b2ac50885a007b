// engine: where in an export a place lies that somebody wrote.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice {

/// nullopt for `saved`. A time is the first event stamped then or later, in the order of the
/// stream; events without timestamp are passed over; the end of `commits` when there is none. The
/// piece lists tell where to look: one piece is read, seldom more. Errors: engine_errc::usage where
/// the format does not tell; damaged_object; what the store says.
task<result<std::optional<position>>> find_committed_place(
    s3::object_store& store,
    const export_folder& where,
    const std::vector<commit>& commits,
    place what,
    std::uint32_t partition
);

} // namespace sluice
