// Pages of commits: used where they are good, never needed.
#include "core/commit_page.hpp"
#include "exported_folder.hpp"
#include "io/commit_log.hpp"

#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace sluice;
using sluice::test::exported_folder;

/// Partition 0 with so many commits: a claim, and releases and claims by turns.
void fill(exported_folder& at, std::uint64_t count) {
    at.commits[0].resize(1);
    while (at.commits[0].size() < count) {
        const bool claim = at.commits[0].back().kind == commit_kind::release;
        commit next = at.next_commit(0, claim ? commit_kind::claim : commit_kind::release);
        next.epoch = claim ? next.number : at.commits[0].back().epoch;
        next.claim = at.commits[0].front().claim;
        at.commits[0].push_back(next);
    }
    at.write_commits(0);
}

std::string page_of(const exported_folder& at, std::uint64_t first) {
    std::string page;
    for (std::uint64_t n = first; n < first + commits_per_page; ++n)
        page += encode_commit(at.commits[0].at(n));
    return page;
}

std::size_t gets_for_all(exported_folder& at) {
    at.store.calls.clear();
    const auto read = at.read_commits(0);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->size() == at.commits[0].size());
    return at.store.count("get");
}

result<void> make(exported_folder& at, std::uint64_t first, bool overwrite) {
    return test::run_task(
        at.on, make_page(at.store, at.where, 0, first, overwrite, deadline::never())
    );
}

} // namespace

BOOST_AUTO_TEST_SUITE(commit_pages)

BOOST_AUTO_TEST_CASE(a_good_page_saves_a_thousand_requests) {
    exported_folder at;
    fill(at, 2100);
    BOOST_TEST(gets_for_all(at) == 2101u);
    BOOST_TEST(at.store.count("head") == 3u); // each full thousand is asked for its page
    at.store.place(page_key(at.where.folder, 0, 0), page_of(at, 0));
    at.store.place(page_key(at.where.folder, 0, 1000), page_of(at, 1000));
    BOOST_TEST(gets_for_all(at) == 2u + 101u);
}

BOOST_AUTO_TEST_CASE(a_page_is_used_as_far_as_its_commits_check) {
    exported_folder at;
    fill(at, 1001);
    const std::string good = page_of(at, 0);
    const std::string key = page_key(at.where.folder, 0, 0);
    std::string flipped = good, longer = good + encode_commit(at.commits[0][1000]);
    flipped[flipped.size() / 2] ^= 1;
    const std::string shorter =
        good.substr(0, good.size() - encode_commit(at.commits[0][999]).size());
    std::string swapped = encode_commit(at.commits[0][1]) + encode_commit(at.commits[0][0]);
    swapped += good.substr(swapped.size());
    const auto gets_with = [&](const std::string& page) {
        at.store.place(key, page);
        return gets_for_all(at);
    };
    const std::size_t good_gets = 1u + 2u; // the page; the commit behind it; the one that is not
    BOOST_TEST(gets_with(good) == good_gets);
    BOOST_TEST(gets_with(longer) == good_gets);
    BOOST_TEST(gets_with(shorter) == good_gets + 1);
    BOOST_TEST(gets_with(flipped) > good_gets + 400);
    BOOST_TEST(gets_with(flipped) < good_gets + 600);
    BOOST_TEST(gets_with(good.substr(0, 700)) > 990u);
    BOOST_TEST(gets_with(swapped) == 1u + 1002u);
    BOOST_TEST(gets_with(std::string()) == 1002u);
    BOOST_TEST(gets_with(std::string(good.size(), ' ')) == 1u + 1002u);
}

BOOST_AUTO_TEST_CASE(a_page_is_made_from_commits_and_replaced_only_when_that_is_asked_for) {
    exported_folder at;
    fill(at, 1500);
    const std::string key = page_key(at.where.folder, 0, 0);
    BOOST_TEST_REQUIRE(make(at, 0, false).has_value());
    BOOST_TEST((at.store.buckets["b"].at(key).bytes == page_of(at, 0)));
    at.store.place(key, "damaged");
    BOOST_TEST_REQUIRE(make(at, 0, false).has_value());
    BOOST_TEST(at.store.buckets["b"].at(key).bytes == "damaged");
    BOOST_TEST_REQUIRE(make(at, 0, true).has_value());
    BOOST_TEST((at.store.buckets["b"].at(key).bytes == page_of(at, 0)));
    const auto unfinished = make(at, 1000, false);
    BOOST_TEST_REQUIRE(!unfinished.has_value());
    BOOST_TEST((unfinished.error().code == engine_errc::damaged_object));
    BOOST_TEST(at.store.buckets["b"].count(page_key(at.where.folder, 0, 1000)) == 0u);
}

BOOST_AUTO_TEST_CASE(a_missing_or_damaged_page_is_a_note_and_no_problem) {
    exported_folder at;
    fill(at, 1001);
    // The objects of the partition are gone with their commits: look at pages alone.
    const auto log =
        test::run_task(at.on, read_commit_log(at.store, at.where, 0, deadline::never()));
    BOOST_TEST_REQUIRE(log.has_value());
    BOOST_TEST_REQUIRE(log->thousands.size() == 1u);
    BOOST_TEST(log->thousands.front() == crc64nvme(as_bytes(page_of(at, 0))));
    const verify_report missing = at.verify();
    BOOST_TEST(missing.problems.empty());
    BOOST_TEST_REQUIRE(missing.notes.size() == 1u);
    BOOST_TEST(missing.notes.front().find("missing") != std::string::npos);
    at.store.place(page_key(at.where.folder, 0, 0), page_of(at, 0) + "x");
    BOOST_TEST(at.verify().notes.front().find("damaged") != std::string::npos);
    at.store.place(page_key(at.where.folder, 0, 0), page_of(at, 0));
    BOOST_TEST(at.verify().notes.empty());
}

BOOST_AUTO_TEST_SUITE_END()
