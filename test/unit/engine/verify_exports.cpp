// Verification: an export that is whole passes, and whatever is done to it is told with its place.
#include "exported_folder.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace {

using namespace sluice;
using sluice::test::exported_folder;

/// Exactly one problem, which holds all of `words`.
void one_problem(const verify_report& found, const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& each : found.problems)
        all += "\n" + each;
    BOOST_TEST_REQUIRE(found.problems.size() == 1u, "problems:" << all);
    for (const std::string& word : words)
        BOOST_TEST(all.find(word) != std::string::npos, word << " is not in" << all);
}

} // namespace

BOOST_AUTO_TEST_SUITE(verify_exports)

BOOST_AUTO_TEST_CASE(a_whole_export_has_no_problems) {
    for (const auto format : {object_format::avro, object_format::ndjson, object_format::raw}) {
        for (const std::uint64_t memory : {std::uint64_t{0}, std::uint64_t{64} << 20}) {
            exported_folder at(format);
            const auto found = at.verify(&at.stream, memory);
            for (const std::string& each : found.problems)
                BOOST_ERROR(each);
            std::uint64_t events = 0, bytes = 0, objects = 0;
            for (const auto& commits : at.commits)
                for (const commit& each : commits)
                    for (const committed_object& object : each.objects) {
                        events += object.events;
                        bytes += object.bytes;
                        ++objects;
                    }
            BOOST_TEST(events > 40u);
            BOOST_TEST(found.events == events);
            BOOST_TEST(found.bytes == bytes);
            BOOST_TEST(found.objects == objects);
            BOOST_TEST(found.commits == objects + 2);
            BOOST_TEST(found.strays.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(pieces_are_read_ahead_as_far_as_memory_goes) {
    exported_folder at;
    at.verify();
    BOOST_TEST(at.store.most_at_once > 2u);
    exported_folder tight;
    tight.verify(nullptr, 1);
    // One piece; and while it is checked the next object is looked up.
    BOOST_TEST(tight.store.most_at_once <= 2u);
}

BOOST_AUTO_TEST_CASE(any_flipped_bit_is_told_with_its_piece) {
    for (const auto format : {object_format::avro, object_format::ndjson, object_format::raw}) {
        exported_folder at(format);
        const committed_object object = at.object(1, 1);
        std::string& bytes = at.bytes_of(object);
        for (std::size_t place = 0; place < bytes.size(); place += 97) {
            bytes[place] = static_cast<char>(bytes[place] ^ (1 << (place % 8)));
            const auto found = at.verify();
            std::size_t n = 0;
            while (n + 1 < object.pieces.size() && object.pieces[n + 1].at <= place)
                ++n;
            // The model's HEAD tells of it as well.
            BOOST_TEST_REQUIRE(found.problems.size() == 2u);
            BOOST_TEST(found.problems[1].find(object.key) != std::string::npos);
            const std::string piece = "(piece " + std::to_string(n) + ",";
            BOOST_TEST(found.problems[1].find(piece) != std::string::npos, found.problems[1]);
            bytes[place] = static_cast<char>(bytes[place] ^ (1 << (place % 8)));
        }
        BOOST_TEST(at.verify().problems.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_missing_object_is_one_problem_and_the_others_are_checked) {
    exported_folder at;
    const std::uint64_t objects = at.verify().objects;
    const committed_object gone = at.object(0, 1);
    at.store.buckets["b"].erase(at.key_of(gone));
    const auto found = at.verify(&at.stream);
    one_problem(found, {gone.key, "missing"});
    BOOST_TEST(found.objects == objects - 1);
}

BOOST_AUTO_TEST_CASE(an_object_of_another_length_is_told_with_both_lengths) {
    for (const int change : {-1, 1}) {
        exported_folder at;
        const committed_object object = at.object(0, 0);
        at.bytes_of(object).resize(object.bytes + static_cast<std::uint64_t>(change));
        one_problem(
            at.verify(),
            {object.key, std::to_string(object.bytes), std::to_string(at.bytes_of(object).size())}
        );
    }
}

BOOST_AUTO_TEST_CASE(another_attempt_s_object_is_recognised) {
    exported_folder at;
    at.store.buckets["b"].at(at.key_of(at.object(0, 0))).meta["sluice-token"] = "other";
    one_problem(at.verify(), {"attempt"});
}

BOOST_AUTO_TEST_CASE(an_object_that_changes_while_it_is_read_is_told) {
    exported_folder at;
    const std::string key = at.key_of(at.object(0, 0));
    at.store.before = [&](const test::model_call& call) -> std::optional<failure> {
        if (call.operation == "get" && call.key == key)
            at.store.buckets["b"].at(key).etag = "\"another\"";
        return std::nullopt;
    };
    const auto found = at.verify(nullptr, 1);
    BOOST_TEST_REQUIRE(!found.problems.empty());
    BOOST_TEST(found.problems.front().find("changed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(counts_and_sums_that_do_not_add_up_are_told) {
    exported_folder at;
    at.object(0, 0).events += 1;
    at.write_commits(0);
    one_problem(at.verify(), {at.object(0, 0).key, "events begin"});
    at.object(0, 0).events -= 1;
    at.object(0, 0).crc64nvme ^= 1;
    at.write_commits(0);
    const auto found = at.verify();
    BOOST_TEST_REQUIRE(found.problems.size() == 2u);
    BOOST_TEST(found.problems[0].find("do not make up") != std::string::npos);
    BOOST_TEST(found.problems[1].find("store's checksum") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(events_beyond_the_committed_end_of_a_piece_are_told) {
    exported_folder at;
    // The second piece is said to begin one event earlier than it does.
    committed_object& object = at.object(0, 0);
    object.pieces[1].first.sequence -= 1;
    object.pieces[1].first.offset = 0;
    at.write_commits(0);
    const auto found = at.verify();
    BOOST_TEST_REQUIRE(!found.problems.empty());
    BOOST_TEST(found.problems.front().find("piece 0") != std::string::npos, found.problems.front());
}

BOOST_AUTO_TEST_CASE(the_first_event_that_differs_from_the_stream_is_named) {
    exported_folder at;
    record& changed = at.stream.partitions[1][17];
    changed.timestamp = changed.timestamp ? std::nullopt : std::optional<std::int64_t>(1);
    const std::string place = to_string(test::position_of(1, changed));
    one_problem(at.verify(&at.stream), {"event " + place + " ", "piece"});
    BOOST_TEST(at.verify().problems.empty());
}

BOOST_AUTO_TEST_CASE(a_value_of_raw_that_differs_from_the_stream_is_told) {
    exported_folder at(object_format::raw);
    auto& records = at.stream.partitions[1];
    const auto changed = std::find_if(records.begin(), records.end(), [](const record& each) {
        return each.value && each.value->size() > 3;
    });
    BOOST_TEST_REQUIRE((changed != records.end()));
    const std::string other(changed->value->size(), '~');
    changed->value = as_bytes(other);
    one_problem(at.verify(&at.stream), {"of its values is not the one", "piece"});
    BOOST_TEST(at.verify().problems.empty());
}

BOOST_AUTO_TEST_CASE(fragments_that_make_another_event_are_told) {
    for (const auto format : {object_format::avro, object_format::ndjson}) {
        exported_folder at(format);
        auto& records = at.stream.partitions[1];
        const auto last = std::ranges::find_if(records, [](const record& each) {
            return each.part && each.part->last;
        });
        BOOST_TEST_REQUIRE((last != records.end()));
        last->part->last->crc64nvme ^= 1;
        at.export_anew();
        const std::string event = "event " + std::to_string(last->sequence) + ": its ";
        one_problem(at.verify(), {"partition=1/", "(piece ", event});
    }
}

BOOST_AUTO_TEST_CASE(an_event_left_out_at_an_object_s_end_is_found) {
    exported_folder at;
    commit& last = at.commits[0].back();
    record left_out;
    left_out.sequence = last.next.sequence;
    at.stream.partitions[0].push_back(left_out);
    last.next.sequence += 1;
    last.objects.front().next = last.next;
    at.write_commits(0);
    BOOST_TEST(at.verify().problems.empty());
    one_problem(at.verify(&at.stream), {last.objects.front().key, "the stream holds more"});
}

BOOST_AUTO_TEST_CASE(an_event_left_out_inside_an_object_is_found) {
    exported_folder at;
    auto& records = at.stream.partitions[0];
    std::size_t n = 1;
    while (records[n].sequence <= records[n - 1].sequence + 1)
        ++n;
    record left_out;
    left_out.sequence = records[n].sequence - 1;
    records.insert(records.begin() + static_cast<std::ptrdiff_t>(n), left_out);
    const auto found = at.verify(&at.stream);
    BOOST_TEST_REQUIRE(!found.problems.empty());
    BOOST_TEST(found.problems.front().find("is not the one") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_shorter_a_trimmed_and_another_stream_are_told) {
    exported_folder at;
    at.stream.partitions[0].resize(30);
    const auto shorter = at.verify(&at.stream);
    BOOST_TEST_REQUIRE(!shorter.problems.empty());
    BOOST_TEST(shorter.problems.front().find("the stream at") != std::string::npos);

    exported_folder trimmed;
    trimmed.stream.first = trimmed.object(0, 1).first;
    const auto early = trimmed.verify(&trimmed.stream);
    BOOST_TEST_REQUIRE(!early.problems.empty());
    BOOST_TEST(early.problems.front().find("no longer in the stream") != std::string::npos);
    trimmed.stream.begin_trimming(); // then it was told to forget them
    const auto kept = trimmed.verify(&trimmed.stream);
    BOOST_TEST(kept.problems.empty());
    BOOST_TEST(!kept.all_compared);
    BOOST_TEST_REQUIRE(!kept.notes.empty());
    BOOST_TEST(kept.notes.front().find("because of its retention") != std::string::npos);

    exported_folder other;
    test::model_reader stream("orders", "ffffffffffffffffffffffffffffffff");
    const auto refused = test::run_task(
        other.on, verify_export(other.store, other.where, &stream, 1 << 20, deadline::never(), {})
    );
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == engine_errc::other_incarnation));
}

BOOST_AUTO_TEST_CASE(strays_are_listed_and_are_no_problem) {
    exported_folder at;
    at.store.place("p/orders/partition=1/00000000000000000009-0-ffffffff.avro", "x");
    const auto found = at.verify();
    BOOST_TEST(found.problems.empty());
    BOOST_TEST_REQUIRE(found.strays.size() == 1u);
    BOOST_TEST(found.strays.front().key.find("ffffffff") != std::string::npos);
    const std::string& removal = found.strays.front().removal;
    BOOST_TEST(removal.find("cleanup --take-over") != std::string::npos, removal);
}

BOOST_AUTO_TEST_CASE(a_partition_whose_commits_are_gone_is_a_problem_with_objects_and_without) {
    exported_folder at;
    for (const commit& each : at.commits[1])
        at.store.buckets["b"].erase(commit_key(at.where.folder, 1, each.number));
    const auto bereft = at.verify();
    BOOST_TEST(bereft.strays.empty());
    BOOST_TEST_REQUIRE(bereft.problems.size() == 1u);
    BOOST_TEST(bereft.problems[0].find("partition 1: ") != std::string::npos, bereft.problems[0]);
    BOOST_TEST(bereft.problems[0].find("objects lie there, but no") != std::string::npos);
    for (const commit& each : at.commits[1])
        for (const committed_object& object : each.objects)
            at.store.buckets["b"].erase(at.key_of(object));
    at.store.place("p/orders/partition=1/notes.txt", "of somebody else");
    const auto bare = at.verify();
    BOOST_TEST_REQUIRE(bare.problems.size() == 1u);
    BOOST_TEST(bare.problems[0].find("partition 1: no commits lie here") != std::string::npos);
    const auto read =
        test::run_task(at.on, survey_exported(at.store, at.where, 1, deadline::never()));
    BOOST_TEST(read.has_value());
}

BOOST_AUTO_TEST_CASE(a_recorded_gap_and_expired_objects_are_told_with_their_reason) {
    exported_folder at;
    commit gap = at.next_commit(0, commit_kind::gap);
    gap.gap_from = gap.next;
    gap.gap_to = gap.next = position{0, gap.next.sequence + 10, 0};
    gap.reason = "trimmed by retention";
    at.commits[0].push_back(gap);
    at.write_commits(0);
    one_problem(at.verify(), {"partition 0", "trimmed by retention"});

    exported_folder old;
    commit expired = old.next_commit(1, commit_kind::expired);
    expired.expired_keys = {old.object(1, 0).key};
    old.commits[1].push_back(expired);
    old.write_commits(1);
    old.store.buckets["b"].erase(old.key_of(old.object(1, 0)));
    one_problem(old.verify(), {"partition 1", "lifecycle"});
}

BOOST_AUTO_TEST_CASE(a_damaged_commit_is_a_problem_of_its_partition_alone) {
    exported_folder at;
    const std::string key = commit_key(at.where.folder, 0, 1);
    at.store.buckets["b"].at(key).bytes[30] ^= 1;
    const auto found = at.verify();
    one_problem(found, {key});
    BOOST_TEST(found.objects == at.commits[1].size() - 1);
}

BOOST_AUTO_TEST_CASE(a_lost_commit_is_told_when_later_ones_stand) {
    for (const std::uint64_t number : {0, 1}) {
        exported_folder at;
        BOOST_TEST_REQUIRE(at.commits[0].size() > 2u);
        const std::string lost = commit_key("p/orders", 0, number);
        at.store.buckets["b"].erase(lost);
        one_problem(at.verify(&at.stream), {lost, "missing"});
    }
}

BOOST_AUTO_TEST_CASE(a_commit_that_is_not_shown_for_a_moment_is_asked_for_again) {
    exported_folder at;
    const std::string last = commit_key("p/orders", 0, at.commits[0].back().number);
    bool hidden = false;
    at.store.before = [&](const sluice::test::model_call& call) -> std::optional<failure> {
        if (call.operation != "get" || call.key != last || std::exchange(hidden, true))
            return std::nullopt;
        failure why;
        why.code = s3::s3_errc::no_such_key;
        return why;
    };
    const auto found = at.verify(&at.stream);
    BOOST_TEST(hidden);
    BOOST_TEST(found.problems.empty());
    BOOST_TEST(found.pending.empty());
}

BOOST_AUTO_TEST_CASE(what_of_the_stream_is_not_exported_yet_is_told_and_is_no_problem) {
    exported_folder at;
    BOOST_TEST(at.verify(&at.stream).pending.empty());
    const position end = at.commits[1].back().next;
    const position before = at.commits[1].back().objects.front().first;
    at.store.buckets["b"].erase(commit_key("p/orders", 1, at.commits[1].back().number));
    const auto found = at.verify(&at.stream);
    BOOST_TEST(found.problems.empty());
    BOOST_TEST_REQUIRE(found.pending.size() == 1u);
    BOOST_TEST(found.pending[0].find(to_string(before)) != std::string::npos, found.pending[0]);
    BOOST_TEST(found.pending[0].find(to_string(end)) != std::string::npos, found.pending[0]);
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_asked_is_a_failure_and_no_verdict) {
    for (const char* operation : {"get", "head", "list"}) {
        exported_folder at;
        at.store.before = [&](const test::model_call& call) -> std::optional<failure> {
            if (call.operation != operation || call.key.find("partition=") == std::string::npos)
                return std::nullopt;
            return test::model_failure(s3::s3_errc::connect_failed, "model");
        };
        const auto found = test::run_task(
            at.on, verify_export(at.store, at.where, nullptr, 1 << 20, deadline::never(), {})
        );
        BOOST_TEST_REQUIRE(!found.has_value(), operation);
        BOOST_TEST((found.error().code == s3::s3_errc::connect_failed));
    }
}

BOOST_AUTO_TEST_SUITE_END()
