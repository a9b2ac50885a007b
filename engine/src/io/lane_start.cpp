// engine: where a lane goes on, and the gap that it leaves.
#include "lane_start.hpp"

#include "lane_claim.hpp"
#include "place_search.hpp"

#include <sluice/engine/object_key.hpp>

namespace sluice {

task<result<start_decision>> settle_start(
    reader& stream, const export_target& target, std::uint32_t partition, const tail* bucket
) {
    auto bounds = co_await stream.bounds(partition);
    if (!bounds) co_return bounds.error();
    start_facts facts;
    facts.where = target.address + ", partition " + std::to_string(partition);
    facts.oldest = bounds->first;
    facts.newest = bounds->end;
    facts.accept_gaps = target.accept_gaps;
    if (bucket) facts.committed = bucket->next;
    if (bucket && bucket->claim) {
        const claim_details& claim = bucket->claim->claim;
        const auto word = claim.settings.find("start");
        if (word != claim.settings.end()) facts.recorded = word->second;
        facts.accepted = claim.start;
    }
    facts.asked = target.start.of(partition);
    // The recorded start again: nothing is to be looked for, the export goes on.
    if (bucket && to_string(facts.asked) == facts.recorded) co_return decide_start(facts);
    auto found = co_await find_place(stream, facts.asked, partition, *bounds);
    if (!found) co_return found.error();
    facts.found = *found;
    co_return decide_start(facts);
}

task<result<bool>>
write_gap(export_lane_context& lane, lane_row& row, position to, const std::string& reason) {
    auto fingerprint = co_await lane.source.stream().fingerprint(to);
    commit gap;
    gap.kind = commit_kind::gap;
    gap.partition = lane.key.partition;
    gap.number = row.next_commit;
    gap.epoch = row.claim_number;
    gap.token = new_token();
    gap.at = micros_by(lane.run.clock);
    gap.next = gap.gap_to = to;
    gap.gap_from = row.next;
    gap.reason = reason;
    // The event before it may be gone: then nothing can be compared with it later.
    gap.fingerprint = fingerprint ? *fingerprint : 0;
    const std::string bytes = encode_commit(gap);
    auto stands = co_await put_commit(lane, gap.number, bytes);
    if (!stands) co_return stands.error();
    if (!*stands) co_return false;
    lane.target.gaps.push_back(
        to_string(gap.gap_from) + " up to " + to_string(to) + " (" + reason + ")"
    );
    row.next_commit = gap.number + 1;
    row.next = to;
    row.fingerprint = gap.fingerprint;
    co_return true;
}

} // namespace sluice
