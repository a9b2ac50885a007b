// An import by listing: which objects come next, and what it remembers.
#include "core/left_out.hpp"
#include "core/listing_order.hpp"
#include "core/listing_partitions.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice;

namespace {

using keys = std::vector<std::string>;

foreign_object object_of(std::string key, std::string modified, std::string etag = "\"e\"") {
    return foreign_object{std::move(key), std::move(etag), std::move(modified), 10};
}

/// At `key`, which is done, behind `objects` in all; the latest of them is of `newest`.
listing_progress
reached_at(const foreign_object& object, std::uint64_t objects, std::string newest) {
    listing_progress reached;
    reached.bucket = "b";
    reached.prefix = "in/";
    reached.object = object;
    reached.format = "lines";
    reached.events = 3;
    reached.done = true;
    reached.objects = objects;
    reached.newest = std::move(newest);
    return reached;
}

keys names_of(const std::vector<foreign_object>& objects) {
    keys found;
    for (const foreign_object& each : objects)
        found.push_back(each.key);
    return found;
}

keys planned(const listing_plan& plan) {
    return names_of(plan.objects);
}

std::vector<foreign_object> three() {
    return {object_of("c", "t1"), object_of("a", "t3"), object_of("b", "t2")};
}

} // namespace

BOOST_AUTO_TEST_SUITE(listing_orders)

BOOST_AUTO_TEST_CASE(objects_come_by_key_or_by_modification) {
    listing_progress none;
    BOOST_TEST((planned(plan_listing(three(), none)) == keys{"a", "b", "c"}));
    none.sort = listing_sort::modified;
    BOOST_TEST((planned(plan_listing(three(), none)) == keys{"c", "b", "a"}));
    const auto same = plan_listing({object_of("b", "t"), object_of("a", "t")}, none);
    BOOST_TEST((planned(same) == keys{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(what_lies_behind_the_place_reached_comes_next) {
    const auto by_key = plan_listing(three(), reached_at(object_of("b", "t2"), 2, "t3"));
    BOOST_TEST((planned(by_key) == keys{"c"}));
    BOOST_TEST((names_of(by_key.before) == keys{"a", "b"}));
    auto at = reached_at(object_of("b", "t2"), 2, "t2");
    at.sort = listing_sort::modified;
    const auto by_time = plan_listing(three(), at);
    BOOST_TEST((planned(by_time) == keys{"a"}));
    BOOST_TEST((names_of(by_time.before) == keys{"c", "b"}));
}

BOOST_AUTO_TEST_CASE(a_half_done_object_comes_first_again_and_must_be_the_same) {
    auto inside = reached_at(object_of("b", "t2"), 2, "t3");
    inside.done = false;
    BOOST_TEST(check_half_done(three(), inside).has_value());
    const auto plan = plan_listing(three(), inside);
    BOOST_TEST((planned(plan) == keys{"b", "c"}));
    BOOST_TEST((names_of(plan.before) == keys{"a"}));
    inside.object.etag = "\"other\"";
    const auto changed = check_half_done(three(), inside);
    BOOST_TEST_REQUIRE(!changed.has_value());
    BOOST_TEST((changed.error().code == engine_errc::damaged_object));
    BOOST_TEST(changed.error().where.find("s3://b/b: it has changed since 3 events") == 0u);
    const auto gone = check_half_done({object_of("a", "t3"), object_of("c", "t1")}, inside);
    BOOST_TEST_REQUIRE(!gone.has_value());
    BOOST_TEST(gone.error().where.find("s3://b/b: it is gone") == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_done_may_be_gone) {
    const auto reached = reached_at(object_of("b", "t2"), 2, "t3");
    BOOST_TEST(check_half_done({object_of("c", "t1")}, reached).has_value());
    const auto plan = plan_listing({object_of("c", "t1")}, reached);
    BOOST_TEST((planned(plan) == keys{"c"}));
    BOOST_TEST(plan.before.empty());
}

BOOST_AUTO_TEST_CASE(progress_reads_back_as_it_was_written) {
    for (const listing_sort sort : {listing_sort::key, listing_sort::modified}) {
        for (const bool done : {false, true}) {
            auto what = reached_at(object_of("in/\"ключ\"", "t1", "\"x\""), 7, "t9");
            what.sort = sort;
            what.done = done;
            what.event_bytes = 77;
            what.inside = done ? 0 : 9;
            const auto read = decode_listing_progress(encode_listing_progress(what));
            BOOST_TEST_REQUIRE(read.has_value());
            BOOST_TEST((read->bucket == "b" && read->prefix == "in/" && read->sort == sort));
            BOOST_TEST((read->object.key == what.object.key && read->object.etag == "\"x\""));
            BOOST_TEST((read->object.modified == "t1" && read->newest == "t9"));
            BOOST_TEST((read->format == "lines" && read->event_bytes == 77));
            BOOST_TEST((read->events == 3 && read->done == done && read->objects == 7));
            BOOST_TEST(read->inside == what.inside);
            BOOST_TEST(encode_listing_progress(*read) == encode_listing_progress(what));
        }
    }
}

BOOST_AUTO_TEST_CASE(shard_and_what_was_left_out_are_remembered_and_absent_where_there_is_none) {
    auto what = reached_at(object_of("k", "t"), 7, "t");
    const std::string without = encode_listing_progress(what);
    BOOST_TEST(without.find("shard") == std::string::npos);
    BOOST_TEST(without.find("left_out") == std::string::npos);
    what.shard = listing_shard{2, 5};
    what.left_out = 2;
    note_left_out(what);
    const auto read = decode_listing_progress(encode_listing_progress(what));
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->shard == what.shard && read->left_out == 3));
    BOOST_TEST((read->left_out_first == std::vector<std::string>{"k"}));
    BOOST_TEST(to_string(read->shard) == "2/5");
    BOOST_TEST((decode_listing_progress(without)->shard == listing_shard{}));
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_one_shard_and_always_to_the_same) {
    for (const std::string name : {"a.txt", "d/b.txt", "", "ключ"}) {
        BOOST_TEST(in_shard(name, listing_shard{}));
        unsigned owners = 0;
        for (std::uint64_t number = 1; number <= 7; ++number)
            owners += in_shard(name, listing_shard{number, 7}) ? 1 : 0;
        BOOST_TEST(owners == 1u, name);
    }
    // The CRC64NVME of these nine bytes is 0xae8b14860a799888, in all catalogues of CRCs.
    BOOST_TEST(in_shard("123456789", listing_shard{0x888 % 8 + 1, 8}));
    BOOST_TEST(in_shard("123456789", listing_shard{0xae8b14860a799888u % 1000 + 1, 1000}));
}

BOOST_AUTO_TEST_CASE(what_lies_in_a_partition_s_folder_goes_to_it_when_partitions_are_kept) {
    const auto listed = [] {
        return std::vector<foreign_object>{
            object_of("in/t/partition=0/a", "t"),
            object_of("in/t/partition=10/b", "t"),
            object_of("in/t/partition=2/c", "t"),
            object_of("in/t/partition=2/d", "t")};
    };
    const listing_partitions one;
    BOOST_TEST(one.needed("in/", listed()) == 1u);
    BOOST_TEST(names_of(divide(one, "in/", 1, listed()).value().front()).size() == 4u);

    const listing_partitions own = listing_partitions::of(true, {});
    BOOST_TEST(own.text() == "keep");
    BOOST_TEST(own.needed("in/", listed()) == 11u);
    BOOST_TEST(own.needed("in/", {}) == 1u);
    const auto divided = divide(own, "in/", 11, listed()).value();
    BOOST_TEST((names_of(divided[2]) == keys{"in/t/partition=2/c", "in/t/partition=2/d"}));
    BOOST_TEST((names_of(divided[10]) == keys{"in/t/partition=10/b"}));
    BOOST_TEST(divided[1].empty());
    const auto too_few = divide(own, "in/", 10, listed());
    BOOST_TEST_REQUIRE(!too_few.has_value());
    BOOST_TEST((too_few.error().code == engine_errc::usage));
    BOOST_TEST(too_few.error().where.find("in/t/partition=10/b") == 0u);
    BOOST_TEST(too_few.error().where.find("--partitions 0=0,2=1,10=2") != std::string::npos);

    // The prefix itself may name a partition: that is none of the objects'.
    for (const char* outside : {"in/a", "in/partition=/a", "in/partition=x/a", "in/partition=3"}) {
        const auto refused = divide(own, "in/", 11, {object_of(outside, "t")});
        BOOST_TEST_REQUIRE(!refused.has_value(), outside);
        BOOST_TEST(refused.error().where.find("lies in no folder") != std::string::npos);
    }
    const auto above = object_of("partition=3/in/partition=1/a", "t");
    BOOST_TEST(divide(own, "partition=3/in/", 2, {above}).value()[1].size() == 1u);

    const listing_partitions wanted = listing_partitions::of(false, {{2, 0}, {10, 0}, {3, 0}});
    BOOST_TEST(wanted.text() == to_string(std::vector<partition_pair>{{2, 0}, {10, 1}, {3, 2}}));
    BOOST_TEST(wanted.needed("in/", listed()) == 1u);
    const listing_partitions mapped = listing_partitions::of(true, {{2, 1}, {10, 0}});
    BOOST_TEST(mapped.text() == "10=0,2=1");
    BOOST_TEST(mapped.needed("in/", listed()) == 2u);
    auto named = listed();
    named.erase(named.begin());
    const auto by_name = divide(mapped, "in/", 2, named).value();
    BOOST_TEST((names_of(by_name[0]) == keys{"in/t/partition=10/b"}));
    BOOST_TEST(by_name[1].size() == 2u);
    BOOST_TEST(!divide(mapped, "in/", 2, listed()).has_value());
}

BOOST_AUTO_TEST_CASE(of_many_names_the_first_are_told) {
    BOOST_TEST(first_of({}).empty());
    BOOST_TEST(first_of({"a", "b"}) == ": a, b");
    BOOST_TEST(first_of({"a", "b", "c", "d", "e"}) == ": a, b, c, d, e");
    BOOST_TEST(first_of({"a", "b", "c", "d", "e", "f", "g"}) == ": a, b, c, d, e and 2 more");
}

BOOST_AUTO_TEST_CASE(progress_that_is_not_whole_or_newer_is_refused) {
    BOOST_TEST(!decode_listing_progress("").has_value());
    BOOST_TEST((decode_listing_progress("[]").error().code == engine_errc::damaged_object));
    std::string text = encode_listing_progress(reached_at(object_of("k", "t"), 1, "t"));
    BOOST_TEST(!decode_listing_progress(text.substr(0, text.size() - 1)).has_value());
    text.replace(text.find("\"version\":1"), 11, "\"version\":2");
    BOOST_TEST((decode_listing_progress(text).error().code == errc::unsupported_version));
}

BOOST_AUTO_TEST_CASE(progress_of_the_other_kind_of_import_is_refused_by_its_cause) {
    import_progress of_commits;
    of_commits.bucket = "b";
    const auto by_listing = decode_listing_progress(encode_import_progress(of_commits));
    BOOST_TEST_REQUIRE(!by_listing.has_value());
    BOOST_TEST((by_listing.error().code == engine_errc::other_incarnation));
    BOOST_TEST(by_listing.error().where.find("from an export's commits") != std::string::npos);
    const auto listed = reached_at(object_of("k", "t"), 1, "t");
    const auto from_commits = decode_import_progress(encode_listing_progress(listed));
    BOOST_TEST_REQUIRE(!from_commits.has_value());
    BOOST_TEST((from_commits.error().code == engine_errc::other_incarnation));
    BOOST_TEST(from_commits.error().where.find("filled by listing") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
