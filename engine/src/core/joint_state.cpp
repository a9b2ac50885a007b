// engine: what several parts of a transfer are together.
#include "joint_state.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace sluice {

namespace {

/// The first of these that a part is in, the whole is in.
constexpr const char* states_by_rank[] = {
    "running",
    "pausing",
    "stopping",
    "cancelling",
    "failed",
    "paused",
    "pending",
    "stopped",
    "cancelled",
    "removed",
    "completed"};

std::ptrdiff_t rank_of(const std::string& state) {
    const auto at = std::find(std::begin(states_by_rank), std::end(states_by_rank), state);
    return at - std::begin(states_by_rank);
}

partition_share share_number(std::size_t number, std::size_t of) {
    partition_share share;
    share.number = static_cast<std::uint32_t>(number);
    share.of = static_cast<std::uint32_t>(of);
    return share;
}

template <class Lane>
void take_lanes(std::vector<Lane>& to, const std::vector<Lane>& from, partition_share share) {
    for (const Lane& each : from)
        if (share.has(each.partition)) to.push_back(each);
    std::sort(to.begin(), to.end(), [](const Lane& a, const Lane& b) {
        return a.partition < b.partition;
    });
}

unsigned weight(const std::optional<failure>& outcome) {
    if (!outcome) return 4;
    const error_code& code = outcome->code;
    if (code == engine_errc::gap) return 3;
    if (code == engine_errc::stopped || code == engine_errc::cancelled) return 2;
    return code == engine_errc::paused ? 1 : 0;
}

} // namespace

void join(target_progress& to, const target_progress& more) {
    to.state = joint_state(to.state, more.state);
    if (to.guarantee.empty()) to.guarantee = more.guarantee;
    if (to.last_error.empty()) to.last_error = more.last_error;
    to.bytes += more.bytes;
    to.events += more.events;
    to.objects += more.objects;
    to.parts += more.parts;
    to.parts_in_flight += more.parts_in_flight;
    to.retries += more.retries;
    to.bytes_per_second += more.bytes_per_second;
    to.worked = std::max(to.worked, more.worked);
    if (more.seconds_left)
        to.seconds_left = std::max(to.seconds_left.value_or(0), *more.seconds_left);
    to.failing = to.failing || more.failing;
    to.left_out.insert(to.left_out.end(), more.left_out.begin(), more.left_out.end());
}

std::string joint_state(const std::string& one, const std::string& two) {
    if (one.empty()) return two;
    return two.empty() || rank_of(one) <= rank_of(two) ? one : two;
}

double lanes_moved::percent() const {
    constexpr double most_while_open = 99;
    const double moved = all > 0 ? 100 * done / all : 100;
    return open ? std::min(moved, most_while_open) : moved;
}

double lanes_moved::left() const {
    return open ? std::max(1.0, all - done) : all - done;
}

lanes_moved moved_by(const std::vector<lane_progress>& lanes, partition_share share) {
    lanes_moved moved;
    for (const lane_progress& lane : lanes) {
        if (!share.has(lane.partition)) continue;
        const std::int64_t done = std::max(lane.done, lane.reached) - lane.first;
        moved.done += static_cast<double>(std::max<std::int64_t>(0, done));
        moved.all += static_cast<double>(lane.end - lane.first);
        moved.open = moved.open || lane.done < lane.end;
    }
    return moved;
}

progress joint_progress(const std::vector<progress>& shares) {
    progress all;
    // Two servers may have buckets of one name: then the second is the second in each share.
    std::map<std::pair<std::string, std::size_t>, std::size_t> places;
    for (std::size_t n = 0; n < shares.size(); ++n) {
        const progress& share = shares[n];
        if (all.name.empty()) all.name = share.name;
        if (all.kind.empty()) all.kind = share.kind;
        all.source_bytes_read += share.source_bytes_read;
        std::map<std::string, std::size_t> seen;
        for (const target_progress& each : share.targets) {
            const auto key = std::make_pair(each.target, seen[each.target]++);
            const auto [at, is_new] = places.try_emplace(key, all.targets.size());
            if (is_new) {
                all.targets.push_back(each);
                all.targets.back().lanes.clear();
            } else {
                join(all.targets[at->second], each);
            }
            const partition_share own = share_number(n, shares.size());
            take_lanes(all.targets[at->second].lanes, each.lanes, own);
        }
    }
    for (target_progress& each : all.targets)
        each.percent = moved_by(each.lanes).percent();
    return all;
}

std::vector<destination_row> joint_rows(const std::vector<std::vector<destination_row>>& shares) {
    std::vector<destination_row> all;
    for (std::size_t n = 0; n < shares.size(); ++n) {
        for (const destination_row& each : shares[n]) {
            const auto same = [&each](const destination_row& row) { return row.id == each.id; };
            auto at = std::find_if(all.begin(), all.end(), same);
            if (at == all.end()) {
                at = all.insert(all.end(), each);
                at->lanes.clear();
            }
            at->observed = joint_state(at->observed, each.observed);
            if (at->last_error.empty()) at->last_error = each.last_error;
            take_lanes(at->lanes, each.lanes, share_number(n, shares.size()));
        }
    }
    return all;
}

std::optional<std::size_t> joint_outcome(const std::vector<std::optional<failure>>& shares) {
    std::optional<std::size_t> worst;
    for (std::size_t n = 0; n < shares.size(); ++n)
        if (shares[n] && (!worst || weight(shares[n]) < weight(shares[*worst]))) worst = n;
    return worst;
}

} // namespace sluice
