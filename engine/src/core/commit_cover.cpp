// engine: what commits add up to.
#include "commit_cover.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>
#include <set>

namespace sluice {

namespace {

/// Why nothing is there, where commits say so.
std::string recorded_reason(const std::vector<commit>& commits, position from, position to) {
    std::set<std::string> expired;
    for (const commit& each : commits)
        expired.insert(each.expired_keys.begin(), each.expired_keys.end());
    for (const commit& each : commits) {
        const bool gap = each.kind == commit_kind::gap && each.gap_from < to && from < each.gap_to;
        if (gap) return " (recorded as missing: " + each.reason + ")";
        for (const committed_object& object : each.objects) {
            const bool there = object.first < to && from < object.next;
            if (there && expired.count(object.key) > 0)
                return " (recorded as removed by the bucket's lifecycle)";
        }
    }
    return std::string();
}

} // namespace

std::vector<std::string>
holes_in(const std::vector<commit>& commits, const std::vector<committed_object>& in_force) {
    std::vector<std::string> holes;
    if (commits.empty()) return holes;
    position reached = commits.front().next; // the first claim's start
    const auto note = [&](position next) {
        if (reached < next)
            holes.push_back(
                "events " + to_string(reached) + " up to " + to_string(next) + " are in no object" +
                recorded_reason(commits, reached, next)
            );
        if (next < reached)
            holes.push_back(
                "events " + to_string(next) + " up to " + to_string(reached) + " are in two objects"
            );
    };
    for (const committed_object& object : in_force) {
        note(object.first);
        reached = std::max(reached, object.next);
    }
    note(commits.back().next);
    return holes;
}

std::uint64_t crc_of_pieces(const committed_object& object) {
    std::uint64_t crc = 0;
    for (std::size_t n = 0; n < object.pieces.size(); ++n) {
        const bool last = n + 1 == object.pieces.size();
        const std::uint64_t end = last ? object.bytes : object.pieces[n + 1].at;
        crc = crc64nvme_combine(crc, object.pieces[n].crc64nvme, end - object.pieces[n].at);
    }
    return crc;
}

} // namespace sluice
