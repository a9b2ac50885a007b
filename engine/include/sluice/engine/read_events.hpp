// engine: events of an export, read from any place on, without a stream to write them to.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/stream/event.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Where reading begins, in one partition: at the first record at or behind `from`, and where
/// `since` is given (µs since 1970 UTC) at the first event from there that is not earlier. `bytes`:
/// where events end does not matter, so `raw` will do.
struct events_wanted {
    position from;
    std::optional<std::int64_t> since;
    bool bytes = false;
};

/// Takes one record (an event or a fragment of one; valid during the call); false: it was enough.
using take_record = std::function<result<bool>(const record& each)>;

/// Gives the records of a partition in order, piece by piece through the piece lists: nothing of an
/// object before the piece that is wanted is read, and no piece before the one before it was
/// taken. Returns the ranges that no object holds, for people. Memory: one piece (at most 64 MiB)
/// and a range of a page of commits. Errors: damaged_object naming object and place;
/// engine_errc::usage for a time where objects hold none, for `raw` without `bytes`, and for a
/// sequence in it that is not where a piece begins; what the store says; what `take` says.
task<result<std::vector<std::string>>> read_events(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    const events_wanted& wanted,
    const take_record& take,
    deadline by
);

} // namespace sluice
