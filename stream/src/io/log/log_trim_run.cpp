// stream: removing the oldest segments.
#include "log_trim_run.hpp"

#include "segment_scan.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>

namespace sluice::log {

namespace {

std::chrono::microseconds since(std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now() - when);
}

/// A partition's end as an address; what is not durable yet counts, too.
result<std::uint64_t>
end_address(const stream_place& at, std::uint32_t partition, const segment_place& last) {
    auto opened = open_segment(at, partition, last, open_mode::read);
    if (!opened) return opened.error();
    auto size = (*opened)->bytes->size();
    if (!size) return size.error();
    return (*opened)->header.address + *size;
}

result<segment_facts> facts_of(
    const stream_place& at,
    std::uint32_t partition,
    const segment_place& which,
    const segment_place& behind,
    std::uint64_t end
) {
    auto opened = at.files->open(at.segment(partition, which), open_mode::read);
    if (!opened) return opened.error();
    auto written = (*opened)->modified();
    if (!written) return written.error();
    auto size = (*opened)->size();
    if (!size) return size.error();
    auto next = open_segment(at, partition, behind, open_mode::read);
    if (!next) return next.error();
    segment_facts facts;
    facts.end = (*next)->header.base;
    facts.bytes_behind = end - (*next)->header.address;
    facts.size = *size;
    facts.age = since(*written);
    return facts;
}

void add_name(std::vector<std::string>& to, const std::string& name) {
    if (std::ranges::find(to, name) == to.end()) to.push_back(name);
}

/// Whether it goes; notes whose events they were, or who keeps it.
bool goes(
    const segment_facts& segment,
    const trim_rules& rules,
    std::span<const named_cursor> cursors,
    log_trimmed_partition& told
) {
    if (!is_surplus(segment, rules)) return false;
    const std::uint32_t partition = segment.end.partition;
    const std::size_t held = told.held_by.size();
    for (const named_cursor& each : cursors)
        if (is_held(segment, each.places[partition], rules)) add_name(told.held_by, each.name);
    if (told.held_by.size() > held) return false;
    for (const named_cursor& each : cursors) {
        const std::optional<position>& place = each.places[partition];
        if (!place || *place < segment.end) add_name(told.passed, each.name);
    }
    return true;
}

result<void>
remove_segment(const stream_place& at, std::uint32_t partition, const segment_place& which) {
    auto removed = at.files->remove(at.segment(partition, which));
    if (!removed) return removed;
    return at.files->sync_directory(at.partition(partition));
}

trim_rules rules_for(const stream_place& at, const log_trim_request& request, std::uint32_t n) {
    trim_rules rules;
    rules.keep = at.about.retention;
    if (request.before || request.keep.removes()) {
        rules.keep = request.keep;
        if (!rules.keep.max_lag) rules.keep.max_lag = at.about.retention.max_lag;
    } else if (request.keep.max_lag) {
        rules.keep.max_lag = request.keep.max_lag;
    }
    if (request.before && (!request.partition || *request.partition == n))
        rules.before = position{n, *request.before, 0};
    return rules;
}

} // namespace

result<log_trimmed_partition> trim_partition(
    const stream_place& at,
    std::uint32_t partition,
    const trim_rules& rules,
    std::span<const named_cursor> cursors,
    trim_mode mode
) {
    log_trimmed_partition told;
    told.first.partition = partition;
    auto segments = list_segments(at, partition);
    if (!segments) return segments.error();
    if (segments->empty()) return told;
    told.first.sequence = segments->front().base_sequence;
    auto end = end_address(at, partition, segments->back());
    if (!end) return end.error();
    for (std::size_t n = 0; n + 1 < segments->size(); ++n) {
        auto facts = facts_of(at, partition, (*segments)[n], (*segments)[n + 1], *end);
        if (!facts) return facts.error();
        if (!goes(*facts, rules, cursors, told)) break;
        if (mode == trim_mode::remove) {
            auto removed = remove_segment(at, partition, (*segments)[n]);
            if (!removed) return removed.error();
        }
        told.first = facts->end;
        ++told.segments;
        told.bytes += facts->size;
    }
    return told;
}

result<void> apply_retention(const stream_place& at, std::uint32_t partition) {
    if (!at.about.retention.removes()) return result<void>();
    auto lock = lock_cursors(at);
    if (!lock) return lock.error();
    auto cursors = list_cursors(at);
    if (!cursors) return cursors.error();
    trim_rules rules;
    rules.keep = at.about.retention;
    auto trimmed = trim_partition(at, partition, rules, *cursors, trim_mode::remove);
    if (!trimmed) return trimmed.error();
    return result<void>();
}

result<std::vector<log_trimmed_partition>>
trim_stream(const stream_place& at, const log_trim_request& request) {
    const bool asked = request.before || request.keep.removes();
    if (!asked && !at.about.retention.removes())
        return stream_failure(
            errc::invalid_argument,
            "stream " + at.about.name +
                ": keeps everything; say what may go: --before, --keep-bytes or --keep-age"
        );
    auto lock = lock_cursors(at);
    if (!lock) return lock.error();
    auto cursors = list_cursors(at);
    if (!cursors) return cursors.error();
    std::vector<log_trimmed_partition> all;
    for (std::uint32_t n = 0; n < at.about.partitions; ++n) {
        const trim_mode mode = request.look_only ? trim_mode::look_only : trim_mode::remove;
        auto trimmed = trim_partition(at, n, rules_for(at, request, n), *cursors, mode);
        if (!trimmed) return trimmed.error();
        all.push_back(std::move(*trimmed));
    }
    return all;
}

} // namespace sluice::log
