// Finding an export, and reading its commits: what is there is read, what cannot be is named.
#include "core/commit_cover.hpp"
#include "core/commit_order.hpp"
#include "exported_folder.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/committed_ranges.hpp>
#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>

namespace {

using namespace sluice;
using sluice::test::exported_folder;

result<export_folder> find(exported_folder& at, const std::string& prefix) {
    return test::run_task(at.on, find_folder(at.store, "b", prefix, deadline::never()));
}

result<std::vector<commit>> fetch(exported_folder& at, std::uint64_t from = 0) {
    return at.read_commits(0, from);
}

struct found_in_force {
    std::vector<committed_object> objects;
    std::vector<std::string> holes;
};

found_in_force in_force(exported_folder& at, const partition_survey& survey) {
    found_in_force found;
    committed_ranges ranges(at.store, at.where, survey);
    commit_cover cover(survey.first());
    while (true) {
        const auto range = test::run_task(at.on, ranges.next(deadline::never())).value();
        if (!range) break;
        cover.note(*range);
        if (range->object) found.objects.push_back(*range->object);
    }
    found.holes = cover.holes(survey.end());
    return found;
}

found_in_force in_force(exported_folder& at) {
    return in_force(
        at,
        test::run_task(at.on, survey_partition(at.store, at.where, 0, deadline::never())).value()
    );
}

std::string newer_key(const std::string& key, const std::string& nonce) {
    auto name = parse_object_key(key).value();
    name.nonce = nonce;
    return object_key(name);
}

void place_document(exported_folder& at, const std::string& folder) {
    at.store.place(stream_document_key(folder), encode_stream_document(at.where.document));
}

} // namespace

BOOST_AUTO_TEST_SUITE(catalogues)

BOOST_AUTO_TEST_CASE(an_export_is_found_by_its_folder_and_by_its_parent) {
    exported_folder at;
    for (const char* prefix : {"p/orders", "p"}) {
        const auto found = find(at, prefix);
        BOOST_TEST_REQUIRE(found.has_value(), prefix);
        BOOST_TEST(found->folder == "p/orders");
        BOOST_TEST(found->document.partitions == 2u);
    }
    exported_folder top;
    place_document(top, "whole");
    BOOST_TEST(find(top, "").value().folder == "whole");
}

BOOST_AUTO_TEST_CASE(no_export_and_several_are_told_apart) {
    exported_folder at;
    const auto none = find(at, "elsewhere");
    BOOST_TEST_REQUIRE(!none.has_value());
    BOOST_TEST((none.error().code == engine_errc::no_export_here));
    place_document(at, "p/returns");
    const auto several = find(at, "p");
    BOOST_TEST_REQUIRE(!several.has_value());
    BOOST_TEST((several.error().code == engine_errc::ambiguous_prefix));
    for (const char* name : {"s3://b/p/orders", "s3://b/p/returns"})
        BOOST_TEST(several.error().where.find(name) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_parent_of_more_children_than_a_page_holds_is_read_whole) {
    exported_folder at;
    for (int n = 0; n < 2500; ++n)
        at.store.place("p/a" + std::to_string(n) + "/x", "");
    BOOST_TEST(find(at, "p").value().folder == "p/orders");
    BOOST_TEST(at.store.count("list") == 3u);
}

BOOST_AUTO_TEST_CASE(a_damaged_document_and_a_missing_bucket_are_named) {
    exported_folder at;
    at.store.place("p/orders/_sluice/stream.json", "{}");
    const auto damaged = find(at, "p/orders");
    BOOST_TEST_REQUIRE(!damaged.has_value());
    BOOST_TEST((damaged.error().code == engine_errc::damaged_object));
    BOOST_TEST(damaged.error().where.find("p/orders/_sluice/stream.json") != std::string::npos);
    at.store.buckets.erase("b");
    BOOST_TEST((find(at, "p").error().code == s3::s3_errc::no_such_bucket));
}

BOOST_AUTO_TEST_CASE(commits_are_read_by_number_until_none_is_there) {
    exported_folder at;
    const std::uint64_t all = at.commits[0].size();
    BOOST_TEST(fetch(at).value().size() == all);
    at.store.calls.clear();
    BOOST_TEST(fetch(at, 2).value().size() == all - 2);
    BOOST_TEST(at.store.calls.size() == all - 1);
    BOOST_TEST(at.store.count("list") == 0u);
    // What lies behind a missing number is not there.
    at.store.buckets["b"].erase(commit_key(at.where.folder, 0, 2));
    BOOST_TEST(fetch(at).value().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_commit_at_another_s_number_or_far_too_large_is_named) {
    exported_folder at;
    const std::string key = commit_key(at.where.folder, 0, 1);
    const std::string second = at.store.buckets["b"].at(commit_key(at.where.folder, 0, 2)).bytes;
    for (const std::string& bytes : {second, std::string(9 << 20, ' '), std::string()}) {
        at.store.place(key, bytes);
        const auto fetched = fetch(at);
        BOOST_TEST_REQUIRE(!fetched.has_value());
        BOOST_TEST((fetched.error().code == engine_errc::damaged_object));
        BOOST_TEST(fetched.error().where.find(key) != std::string::npos, fetched.error().where);
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_follow_is_named) {
    using change = std::function<void(std::vector<commit>&)>;
    const std::vector<std::pair<const char*, change>> wrong{
        {"not a claim", [](auto& c) { c.erase(c.begin()), c[0].number = 0; }},
        {"incarnation", [](auto& c) { c[0].claim.incarnation = "x"; }},
        {"partitions", [](auto& c) { c[0].claim.partitions = 3; }},
        {"epoch", [](auto& c) { c[1].epoch = 1; }},
        {"epoch", [](auto& c) { c[1] = c[0], c[1].number = c[1].epoch = 1; }},
        {"begins at", [](auto& c) { c.erase(c.begin() + 1); }},
        {"release", [](auto& c) { c[1].kind = commit_kind::release, c[1].next = c[0].next; }},
        {"moves the end", [](auto& c) { c[1].kind = commit_kind::release; }},
        {"moves the end", [](auto& c) { c[1].kind = commit_kind::replace; }},
        {"begins at", [](auto& c) { c[1].kind = commit_kind::gap, c[1].gap_from = c[2].next; }},
    };
    const exported_folder at;
    for (const auto& [word, make_wrong] : wrong) {
        std::vector<commit> commits = at.commits[0];
        for (commit& each : commits)
            if (each.kind == commit_kind::claim)
                each.claim.incarnation = at.where.document.incarnation;
        make_wrong(commits);
        commit_order order(at.where.document);
        std::string how;
        for (const commit& each : commits) {
            const auto breaks = order.breaks(each);
            if (breaks) how = *breaks;
            if (breaks) break;
        }
        BOOST_TEST(how.find(word) != std::string::npos, word << ": " << how);
    }
    commit_order order(at.where.document);
    for (const commit& each : at.commits[0])
        BOOST_TEST(!order.breaks(each).has_value());
}

BOOST_AUTO_TEST_CASE(a_break_found_in_the_bucket_names_the_commit) {
    exported_folder at;
    at.commits[0][2].epoch = 1;
    at.commits[0][2].objects.front().key =
        "partition=0" + at.commits[0][2].objects.front().key.substr(11, 21) + "-1-0a1b2c3d.avro";
    at.write_commits(0);
    const auto fetched = fetch(at);
    BOOST_TEST_REQUIRE(!fetched.has_value());
    BOOST_TEST(fetched.error().where.find(commit_key("p/orders", 0, 2)) != std::string::npos);
    BOOST_TEST(fetched.error().where.find("epoch") != std::string::npos, fetched.error().where);
}

BOOST_AUTO_TEST_CASE(replaced_and_expired_objects_are_out_of_force) {
    exported_folder at;
    const auto before = in_force(at);
    BOOST_TEST_REQUIRE(before.objects.size() >= 2u);
    BOOST_TEST(before.holes.empty());

    commit replace = at.next_commit(0, commit_kind::replace);
    replace.objects = {before.objects[0]};
    replace.objects.front().key = newer_key(before.objects[0].key, "11111111");
    replace.objects.front().token.replace(0, 8, "11111111");
    replace.old_key = before.objects[0].key;
    at.commits[0].push_back(replace);
    at.write_commits(0);
    const auto replaced = in_force(at);
    BOOST_TEST(replaced.objects.size() == before.objects.size());
    BOOST_TEST(replaced.objects[0].key == replace.objects.front().key);

    commit expired = at.next_commit(0, commit_kind::expired);
    expired.expired_keys = {before.objects[0].key, before.objects[1].key};
    at.commits[0].push_back(expired);
    at.write_commits(0);
    const auto left = in_force(at);
    BOOST_TEST(left.objects.size() == before.objects.size() - 1);
    BOOST_TEST(left.objects[0].key == replace.objects.front().key);
    BOOST_TEST_REQUIRE(left.holes.size() == 1u);
    BOOST_TEST(left.holes[0].find(to_string(before.objects[1].first)) != std::string::npos);
    BOOST_TEST(left.holes[0].find("removed by the bucket's lifecycle") != std::string::npos);

    // Replaced once more, and then that is gone, too.
    commit again = replace;
    again.number = at.commits[0].size();
    again.old_key = replace.objects.front().key;
    again.objects.front().key = newer_key(before.objects[0].key, "22222222");
    again.objects.front().token.replace(0, 8, "22222222");
    at.commits[0].push_back(again);
    at.write_commits(0);
    BOOST_TEST(in_force(at).objects[0].key == again.objects.front().key);
    commit gone = at.next_commit(0, commit_kind::expired);
    gone.expired_keys = {again.objects.front().key};
    at.commits[0].push_back(gone);
    at.write_commits(0);
    BOOST_TEST(in_force(at).objects.size() == before.objects.size() - 2);
}

BOOST_AUTO_TEST_CASE(what_came_after_the_survey_does_not_exist) {
    exported_folder at;
    const std::size_t objects = in_force(at).objects.size();
    const auto survey =
        test::run_task(at.on, survey_partition(at.store, at.where, 0, deadline::never())).value();
    commit expired = at.next_commit(0, commit_kind::expired);
    expired.expired_keys = {at.object(0, 0).key};
    at.commits[0].push_back(expired);
    at.write_commits(0);
    BOOST_TEST(in_force(at, survey).objects.size() == objects);
    BOOST_TEST(in_force(at).objects.size() == objects - 1);
}

BOOST_AUTO_TEST_CASE(an_object_is_found_with_the_commit_that_names_it) {
    exported_folder at;
    const auto find = [&at](const std::string& key) {
        return test::run_task(
            at.on, find_named_object(at.store, at.where, 0, key, deadline::never())
        );
    };
    const auto found = find(at.object(0, 1).key).value();
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(found->commit_number == 2u);
    BOOST_TEST(found->object.key == at.object(0, 1).key);
    BOOST_TEST(!find("partition=0/x").value().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
