// What the commits of a partition add up to, and reading on from the middle of them.
#include "commits_in_memory.hpp"
#include "core/commit_page.hpp"
#include "core/key_set.hpp"
#include "exported_folder.hpp"
#include "io/commit_cursor.hpp"
#include "io/fetch_items.hpp"

#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace sluice;
using sluice::test::exported_folder;

position place_at(std::int64_t sequence, std::int64_t offset = 0) {
    return position{0, sequence, offset};
}

/// Partition 0 with a claim and so many objects of ten events each, all the same. Some end inside
/// an event; one range in 700 is a gap.
void fill_with_objects(exported_folder& folder, std::uint64_t objects) {
    const commit sample = folder.commits[0].at(1);
    folder.commits[0].resize(1);
    std::int64_t reached = folder.commits[0].front().next.sequence;
    for (std::uint64_t n = 0; n < objects; ++n) {
        const bool gap = n % 700 == 699;
        commit made = folder.next_commit(0, gap ? commit_kind::gap : commit_kind::objects);
        const position first = made.next;
        reached += 10;
        made.next = place_at(reached, n % 3 == 1 ? 7 : 0);
        made.gap_from = first;
        made.gap_to = made.next;
        if (!gap) made.objects = sample.objects;
        for (committed_object& each : made.objects) {
            each.first = first;
            each.next = made.next;
            each.events = 10;
            each.pieces.resize(1);
            each.pieces.front().first = first;
            object_name name = parse_object_key(each.key).value();
            name.first = first;
            each.key = object_key(name);
        }
        folder.commits[0].push_back(made);
    }
    folder.write_commits(0);
}

void place_page(exported_folder& folder, std::uint64_t first) {
    std::string page;
    for (std::uint64_t n = first; n < first + commits_per_page; ++n)
        page += encode_commit(folder.commits[0].at(n));
    folder.store.place(page_key(folder.where.folder, 0, first), page);
}

partition_survey survey(exported_folder& of) {
    return test::run_task(of.on, survey_partition(of.store, of.where, 0, deadline::never()))
        .value();
}

std::vector<fetch_item>
items_from(exported_folder& of, const partition_survey& known, position from) {
    fetch_window within;
    within.from = from;
    fetch_items items(of.store, of.where, known, within);
    std::vector<fetch_item> all;
    while (true) {
        auto next = test::run_task(of.on, items.next(deadline::never())).value();
        if (!next) return all;
        all.push_back(std::move(*next));
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(partition_surveys)

BOOST_AUTO_TEST_CASE(reading_on_from_any_place_gives_what_reading_all_gives) {
    exported_folder folder;
    fill_with_objects(folder, 2500);
    place_page(folder, 0);
    place_page(folder, 1000);
    const partition_survey known = survey(folder);
    BOOST_TEST(known.commits() == 2501u);
    BOOST_TEST((known.end() == folder.commits[0].back().next));
    for (const std::int64_t sequence :
         {0, 1, 6990, 7000, 9990, 9991, 9999, 10000, 10001, 13990, 20010, 24999, 25000})
        for (const std::int64_t offset : {0, 3, 7, 9}) {
            const position from = place_at(sequence, offset);
            const auto expected = test::plan_fetches(folder.commits[0], from);
            folder.store.calls.clear();
            const auto seen = items_from(folder, known, from);
            BOOST_TEST_REQUIRE(seen.size() == expected.size(), to_string(from));
            for (std::size_t n = 0; n < seen.size(); ++n) {
                BOOST_TEST_REQUIRE((seen[n].first == expected[n].first));
                BOOST_TEST_REQUIRE((seen[n].next == expected[n].next));
                BOOST_TEST_REQUIRE(seen[n].gap == expected[n].gap);
                BOOST_TEST_REQUIRE(seen[n].key == expected[n].key);
            }
            // Of what lies before, at most the page that leads to the place is read.
            if (sequence > 20010) BOOST_TEST(folder.store.count("head") <= 1u);
        }
}

BOOST_AUTO_TEST_CASE(a_survey_remembers_hardly_anything_of_commits) {
    exported_folder folder;
    fill_with_objects(folder, 50);
    commit replace = folder.next_commit(0, commit_kind::replace);
    replace.objects = folder.commits[0].at(3).objects;
    replace.old_key = replace.objects.front().key;
    folder.commits[0].push_back(replace);
    commit expired = folder.next_commit(0, commit_kind::expired);
    expired.expired_keys = {folder.commits[0].at(5).objects.front().key};
    folder.commits[0].push_back(expired);
    const partition_survey seen = test::survey_of(folder.commits[0]);
    BOOST_TEST((seen.first() == place_at(0)));
    BOOST_TEST(seen.claim()->number == 0u);
    BOOST_TEST(!seen.released());
    BOOST_TEST(seen.gaps() == 0u);
    BOOST_TEST(seen.replacements() == 1u);
    BOOST_TEST((seen.replacement(folder.commits[0].at(3).objects.front().first) == replace.number));
    BOOST_TEST(!seen.replacement(place_at(0)).has_value());
    BOOST_TEST(seen.is_expired(expired.expired_keys.front()));
    BOOST_TEST(!seen.is_expired("x"));
    BOOST_TEST(partition_survey(3).empty());
    BOOST_TEST((partition_survey(3).end() == position{3, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_commit_that_was_there_and_is_gone_is_named) {
    exported_folder folder;
    fill_with_objects(folder, 2000);
    const partition_survey known = survey(folder);
    const std::string key = commit_key(folder.where.folder, 0, 2);
    folder.store.buckets["b"].erase(key);
    committed_ranges ranges(folder.store, folder.where, known);
    BOOST_TEST(test::run_task(folder.on, ranges.next(deadline::never())).value().has_value());
    const auto gone = test::run_task(folder.on, ranges.next(deadline::never()));
    BOOST_TEST_REQUIRE(!gone.has_value());
    BOOST_TEST((gone.error().code == engine_errc::damaged_object));
    BOOST_TEST(gone.error().where.find(key) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_short_export_is_read_once_and_a_long_one_is_not_kept) {
    exported_folder folder;
    fill_with_objects(folder, 300);
    const partition_survey known = survey(folder);
    folder.store.calls.clear();
    BOOST_TEST(items_from(folder, known, place_at(0)).size() == 300u);
    BOOST_TEST(folder.store.calls.empty());
    fill_with_objects(folder, 5000);
    const partition_survey all = survey(folder);
    BOOST_TEST(all.recent(5000)->number == 5000u);
    BOOST_TEST(all.recent(4500)->number == 4500u);
    BOOST_TEST(!all.recent(4000));
    BOOST_TEST(!all.recent(5001));
}

BOOST_AUTO_TEST_CASE(a_cursor_goes_on_behind_whatever_failed) {
    exported_folder folder;
    fill_with_objects(folder, 1500);
    place_page(folder, 0);
    std::uint64_t calls = 0;
    folder.store.before = [&calls](const test::model_call&) -> std::optional<failure> {
        if (++calls % 3 != 0) return std::nullopt;
        failure busy;
        busy.code = s3::s3_errc::slow_down;
        return busy;
    };
    commit_cursor cursor(folder.store, folder.where, 0);
    std::uint64_t read = 0, failed = 0;
    while (read < 1501) {
        const auto next = test::run_task(folder.on, cursor.next(deadline::never()));
        if (next) BOOST_TEST_REQUIRE(next->has_value());
        if (next) BOOST_TEST_REQUIRE((**next).number == read);
        (next ? read : failed) += 1;
    }
    BOOST_TEST(failed > 100u);
    BOOST_TEST(failed < 300u); // the page was not given up
    folder.store.before = nullptr;
    BOOST_TEST(!test::run_task(folder.on, cursor.next(deadline::never())).value().has_value());
    folder.commits[0].push_back(folder.next_commit(0, commit_kind::release));
    folder.write_commits(0);
    BOOST_TEST(test::run_task(folder.on, cursor.next(deadline::never())).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_page_of_many_ranges_is_read_range_by_range) {
    exported_folder folder;
    fill_with_objects(folder, 1100);
    for (commit& each : folder.commits[0])
        for (committed_object& object : each.objects)
            object.encoder = std::string(5000, 'e');
    folder.write_commits(0);
    place_page(folder, 0);
    folder.store.calls.clear();
    const partition_survey known = survey(folder);
    BOOST_TEST(known.commits() == 1101u);
    BOOST_TEST(folder.store.count("get") < 110u);
    BOOST_TEST(folder.store.count("get") >= 102u + 5u);
    // One that changes between two ranges is given up: what is left is read by number.
    folder.store.calls.clear();
    bool changed = false;
    folder.store.before = [&](const test::model_call& call) -> std::optional<failure> {
        const bool third = call.number == 3 && !changed;
        if (third) place_page(folder, 0);
        changed = changed || third;
        return std::nullopt;
    };
    BOOST_TEST(survey(folder).commits() == 1101u);
    BOOST_TEST(folder.store.count("get") > 500u);
}

BOOST_AUTO_TEST_CASE(a_set_of_keys_knows_what_was_added) {
    key_set keys;
    BOOST_TEST(!keys.contains("a"));
    for (int n = 0; n < 1000; ++n) {
        keys.add("key" + std::to_string(n * 7919 % 1000));
        BOOST_TEST_REQUIRE(keys.contains("key" + std::to_string(n * 7919 % 1000)));
    }
    for (int n = 0; n < 1000; ++n)
        BOOST_TEST_REQUIRE(keys.contains("key" + std::to_string(n)));
    BOOST_TEST(!keys.contains("key1000"));
}

BOOST_AUTO_TEST_SUITE_END()
