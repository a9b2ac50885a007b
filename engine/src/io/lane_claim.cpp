// engine: becoming the only writer of a partition in a prefix.
#include "lane_claim.hpp"

#include "commit_log.hpp"
#include "lane_start.hpp"
#include "numbered_commit.hpp"
#include "probe.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/cursor_place.hpp>
#include <sluice/stream/error.hpp>

namespace sluice {

namespace {

std::string lane_text(const export_lane_context& lane) {
    return lane.target.address + ", partition " + std::to_string(lane.key.partition);
}

task<result<tail_reading>> tail_from(export_lane_context& lane, std::uint64_t number) {
    auto attempt = [&lane, number] {
        return read_tail(
            *lane.target.store, lane.target.where, lane.key.partition, number, deadline::never()
        );
    };
    auto fetched =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, attempt);
    co_return fetched;
}

/// Whether a commit stands behind the last one that was found: then one between them is missing,
/// and its number must not be given to another. True: look again, it may just have been written.
/// Errors: damaged_object when it is still not there.
task<result<bool>>
is_followed(export_lane_context& lane, std::uint64_t number, shown_commit& before) {
    auto attempt = [&lane, number, &before] {
        return listing_shows_more(
            *lane.target.store,
            lane.target.where,
            lane.key.partition,
            number,
            before,
            deadline::never()
        );
    };
    auto listed =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, attempt);
    co_return listed;
}

/// An untouched partition: as if what comes before its first event had been committed.
task<tail> beginning(export_lane_context& lane, position first) {
    tail start;
    start.next = first;
    auto fingerprint = co_await lane.source.stream().fingerprint(start.next);
    // What came before the first event may be gone; then there is nothing to compare with later
    // either.
    if (fingerprint) start.fingerprint = *fingerprint;
    co_return start;
}

commit claim_document(
    const export_lane_context& lane,
    const tail& at,
    const claimant& who,
    const start_decision& begins
) {
    commit claim;
    claim.kind = commit_kind::claim;
    claim.partition = lane.key.partition;
    claim.number = at.next_number;
    claim.epoch = at.next_number;
    claim.token = new_token();
    claim.at = micros_by(lane.run.clock);
    claim.next = at.next;
    claim.fingerprint = at.fingerprint;
    claim.claim.transfer = who.transfer;
    claim.claim.owner = lane.run.owner;
    claim.claim.incarnation = who.incarnation;
    claim.claim.partitions = lane.target.where.document.partitions;
    claim.claim.start = begins.begin;
    claim.claim.format = who.format;
    claim.claim.codec = who.codec;
    claim.claim.settings["object-bytes"] = std::to_string(lane.target.object_bytes);
    claim.claim.settings["part-size"] = std::to_string(lane.target.part_size);
    claim.claim.settings["start"] = begins.word;
    return claim;
}

void note_gap(lane_standing& to, const start_decision& begins) {
    if (begins.begin == begins.next) return;
    to.skip_to = begins.begin;
    to.skip_reason = begins.reason;
}

/// Journals the claim's token, then writes the claim. nullopt: somebody else was faster; learn the
/// tail again.
task<result<std::optional<lane_standing>>>
write_claim(export_lane_context& lane, const commit& claim) {
    lane_standing standing;
    standing.claimed_now = true;
    standing.row.claim_token = claim.token;
    standing.row.claim_number = claim.number;
    standing.row.next_commit = claim.number;
    standing.row.next = claim.next;
    standing.row.fingerprint = claim.fingerprint;
    auto remember = [&lane, &standing] {
        return lane.run.journal.put_lane(lane.key, standing.row);
    };
    auto intended = co_await journaled(lane.run, remember);
    if (!intended) co_return intended.error();

    const std::string bytes = encode_commit(claim);
    auto stands = co_await put_commit(lane, claim.number, bytes);
    if (!stands) co_return stands.error();
    if (!*stands) co_return std::optional<lane_standing>();
    standing.row.claimed = true;
    standing.row.next_commit = claim.number + 1;
    auto done = co_await journaled(lane.run, remember);
    if (!done) co_return done.error();
    co_return std::optional<lane_standing>(std::move(standing));
}

/// The claim was another's when the cursor let the partition go.
task<result<void>> hold_again(export_lane_context& lane, position from) {
    if (lane.consumed == nullptr) co_return result<void>();
    const auto place = lane.consumed->at(lane.key.partition);
    if (!place || place->sequence != needs_nothing) co_return result<void>();
    auto moved = co_await lane.consumed->move(from);
    co_return moved;
}

} // namespace

task<result<void>> check_history(reader& stream, const tail& bucket, std::string where) {
    auto bounds = co_await stream.bounds(bucket.next.partition);
    if (!bounds) co_return bounds.error();
    failure diverged;
    diverged.code = engine_errc::diverged;
    if (bucket.next > bounds->end) {
        diverged.where =
            where + ": the bucket holds events up to " + to_string(bucket.next) +
            ", the stream ends at " + to_string(bounds->end) +
            ": either its power failed and no writer has opened it since (`sluice stream append " +
            stream.description().name +
            "` without input does that), or it was restored from an older copy: then export it to "
            "another prefix";
        co_return diverged;
    }
    if (bucket.next < bounds->first || bucket.fingerprint == 0) co_return result<void>();
    auto fingerprint = co_await stream.fingerprint(bucket.next);
    if (!fingerprint && fingerprint.error().code == stream_errc::out_of_range)
        co_return result<void>();
    if (!fingerprint) co_return fingerprint.error();
    // A stream that has given up what was damaged may not know the event before its beginning.
    const bool unknown = *fingerprint == 0 && bucket.next == bounds->first;
    if (unknown || *fingerprint == bucket.fingerprint) co_return result<void>();
    diverged.where =
        where + ": the last exported event, before " + to_string(bucket.next) +
        ", is not the one the stream holds there: history differs; export to another prefix";
    co_return diverged;
}

task<result<bool>>
put_commit(export_lane_context& lane, std::uint64_t number, const std::string& bytes) {
    numbered_commit what;
    what.partition = lane.key.partition;
    what.number = number;
    what.bytes = bytes;
    what.algorithm = lane.target.algorithm;
    const try_again again = [&lane](failure& why) {
        return wait_for_next_try(lane.run, lane.target.patient, why, lane.target.seen.last_error);
    };
    auto stands = co_await put_numbered_commit(*lane.target.store, lane.target.where, what, again);
    if (stands) lane.target.patient.success();
    co_return stands;
}

task<result<lane_standing>> take_claim(export_lane_context& lane) {
    claimant who;
    who.transfer = lane.target.claim_transfer;
    who.incarnation = lane.source.context().incarnation;
    who.format = name_of(lane.target.encoding.format);
    who.codec = name_of(lane.target.encoding.codec);
    who.take_over = lane.target.take_over;
    auto recall = [&lane] { return lane.run.journal.find_lane(lane.key); };
    auto known = co_await journaled(lane.run, recall);
    if (!known) co_return known.error();

    shown_commit shown;
    constexpr unsigned races =
        32; // each lost race means that another claim was written: it ends by itself
    for (unsigned turn = 0; turn < races; ++turn) {
        // A claim that was only intended may not stand: then all commits are to be seen.
        const std::uint64_t from = *known && (*known)->claimed ? (*known)->claim_number : 0;
        auto read = co_await tail_from(lane, from);
        if (!read) co_return read.error();
        // Our claim does not stand there, or nothing does: then all is to be seen from its start.
        const bool strange = from > 0 && (read->first != commit_kind::claim ||
                                          read->first_token != (*known)->claim_token);
        if (strange) read = co_await tail_from(lane, 0);
        if (!read) co_return read.error();
        const bool touched = read->commits > 0;
        tail bucket = read->at;
        const claim_decision decided = decide_claim(bucket, *known, who, lane_text(lane));
        const auto* refusal = std::get_if<failure>(&decided);
        const bool short_of_ours = refusal && refusal->code == engine_errc::diverged;
        if (short_of_ours || std::holds_alternative<claim_it>(decided)) {
            auto followed = co_await is_followed(lane, bucket.next_number, shown);
            if (!followed) co_return followed.error();
            if (*followed) continue;
        }
        if (refusal) co_return *refusal;
        if (touched) {
            auto same = co_await check_history(lane.source.stream(), bucket, lane_text(lane));
            if (!same) co_return same.error();
        }
        const tail* const standing_tail = touched ? &bucket : nullptr;
        auto begins = co_await settle_start(
            lane.source.stream(), lane.target, lane.key.partition, standing_tail
        );
        if (!begins) co_return begins.error();
        if (lane.find_cursor && lane.consumed == nullptr) {
            // Nothing refuses it any more: from here on retention leaves what it is to export, and
            // what has gone meanwhile tells.
            lane.consumed = co_await lane.find_cursor();
            auto held = co_await hold_again(lane, begins->next);
            if (!held) co_return held.error();
            begins = co_await settle_start(
                lane.source.stream(), lane.target, lane.key.partition, standing_tail
            );
            if (!begins) co_return begins.error();
        }
        if (!touched) bucket = co_await beginning(lane, begins->next);
        if (std::holds_alternative<go_on>(decided) && !begins->claim_anew) {
            lane_standing standing;
            note_gap(standing, *begins);
            standing.row = **known;
            standing.row.claimed = true;
            standing.row.next_commit = bucket.next_number;
            standing.row.next = bucket.next;
            standing.row.fingerprint = bucket.fingerprint;
            co_return standing;
        }
        auto trusted = co_await probe_conditional_put(lane.run, lane.target);
        if (!trusted) co_return trusted.error();
        const commit claim = claim_document(lane, bucket, who, *begins);
        auto claimed = co_await write_claim(lane, claim);
        if (!claimed) co_return claimed.error();
        if (*claimed) {
            note_gap(**claimed, *begins);
            co_return std::move(**claimed);
        }
        // The journal's token is of a claim that does not stand; the tail is to be learnt from the
        // start of what we know.
        (*known).reset();
    }
    failure lost;
    lost.code = engine_errc::fenced;
    lost.where = lane_text(lane) + ": others keep claiming it";
    co_return lost;
}

} // namespace sluice
