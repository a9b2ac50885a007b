// stream: what keeps a stream small: trimming it, and the cursors that hold it.
#include "log_reader.hpp"
#include "log_trim_run.hpp"
#include "segment_scan.hpp"
#include "stream_lookup.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/stream/log_store.hpp>

#include <algorithm>

namespace sluice {

namespace {

using log::stream_place;

/// Bytes of a partition from the segment that holds a place on.
result<std::uint64_t> bytes_from(const stream_place& at, const position& from) {
    auto segments = log::list_segments(at, from.partition);
    if (!segments) return segments.error();
    std::uint64_t bytes = 0;
    for (std::size_t n = segments->size(); n-- > 0;) {
        auto opened = log::open_segment(at, from.partition, (*segments)[n], log::open_mode::read);
        if (!opened) return opened.error();
        auto size = (*opened)->bytes->size();
        if (!size) return size.error();
        bytes += *size;
        if ((*opened)->header.base <= from) break;
    }
    return bytes;
}

result<log_cursor_info::place> place_of(
    const stream_place& at, const std::optional<position>& place, const stream_bounds& bounds
) {
    log_cursor_info::place told;
    told.at = place;
    const position from = std::max(place.value_or(bounds.first), bounds.first);
    if (from >= bounds.end) return told;
    told.sequences = static_cast<std::uint64_t>(bounds.end.sequence - from.sequence);
    auto bytes = bytes_from(at, from);
    if (!bytes) return bytes.error();
    told.bytes = *bytes;
    return told;
}

result<std::vector<log::named_cursor>> cursors_now(const stream_place& at) {
    auto lock = log::lock_cursors(at);
    if (!lock) return lock.error();
    return log::list_cursors(at);
}

result<void> remove_one(const stream_place& at, const std::string& cursor) {
    auto lock = log::lock_cursors(at);
    if (!lock) return lock.error();
    return log::remove_cursor(at, cursor);
}

} // namespace

task<result<std::vector<log_trimmed_partition>>>
log_store::trim(std::string name, const log_trim_request& request) {
    auto at = log::find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto work = [&at, &request] { return log::trim_stream(*at, request); };
    auto trimmed = co_await run_blocking(blocking_, work);
    co_return trimmed;
}

task<result<std::vector<log_cursor_info>>> log_store::cursors(std::string name) {
    auto at = log::find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto work = [&at] { return cursors_now(*at); };
    auto found = co_await run_blocking(blocking_, work);
    if (!found) co_return found.error();
    const auto reading = log::make_reader(*at, blocking_);
    std::vector<log_cursor_info> told;
    for (const log::named_cursor& each : *found) {
        log_cursor_info cursor;
        cursor.name = each.name;
        cursor.in_use = each.in_use;
        for (std::uint32_t n = 0; n < at->about.partitions; ++n) {
            auto bounds = co_await reading->bounds(n);
            if (!bounds) co_return bounds.error();
            auto place = place_of(*at, each.places[n], *bounds);
            if (!place) co_return place.error();
            cursor.partitions.push_back(*place);
        }
        told.push_back(std::move(cursor));
    }
    co_return told;
}

task<result<void>> log_store::remove_cursor(std::string name, std::string cursor) {
    auto at = log::find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto work = [&at, &cursor] { return remove_one(*at, cursor); };
    auto removed = co_await run_blocking(blocking_, work);
    co_return removed;
}

} // namespace sluice
