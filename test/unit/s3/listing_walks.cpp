// Tests of s3client/src/core/listing_walk.cpp: pages that are one listing, and pages that are not.
#include <sluice/s3/error.hpp>
#include <sluice/s3/listing_walk.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(listing_walks)

using names = std::vector<std::string>;

list_page page(const names& keys, std::string next = "", const names& prefixes = {}) {
    list_page made;
    for (const std::string& each : keys) {
        made.objects.emplace_back();
        made.objects.back().key = each;
    }
    made.prefixes = prefixes;
    made.next_token = std::move(next);
    return made;
}

listing_walk walk_of(const std::vector<list_page>& pages) {
    list_request first;
    first.bucket = "b";
    first.prefix = "p/";
    listing_walk walk(first);
    for (const list_page& each : pages)
        BOOST_REQUIRE(walk.take(each).has_value());
    return walk;
}

/// What the walk says of `next`, after `pages`; it must not have changed by that.
std::string refusal(const std::vector<list_page>& pages, const list_page& next) {
    listing_walk walk = walk_of(pages);
    const std::string token = walk.request().token;
    const auto taken = walk.take(next);
    if (taken) return "";
    BOOST_TEST((taken.error().code == s3_errc::malformed_answer));
    BOOST_TEST(taken.error().where.find("s3://b/p/") != std::string::npos);
    BOOST_TEST(walk.request().token == token);
    BOOST_TEST(!walk.ended());
    return taken.error().where + ": " + taken.error().peer_text;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_CASE(pages_follow_one_another_to_the_end) {
    listing_walk walk = walk_of({page({"a", "b"}, "1")});
    BOOST_TEST(walk.request().token == "1");
    BOOST_TEST(!walk.ended());
    BOOST_REQUIRE(walk.take(page({}, "2")).has_value());
    BOOST_REQUIRE(walk.take(page({"c"}, "3", {"bb/", "d/"})).has_value());
    BOOST_REQUIRE(walk.take(page({"e"})).has_value());
    BOOST_TEST(walk.ended());
}

BOOST_AUTO_TEST_CASE(a_name_that_comes_again_is_told) {
    BOOST_TEST(has(refusal({}, page({"a", "a"})), "a behind a"));
    BOOST_TEST(has(refusal({page({"a", "c"}, "1")}, page({"a"})), "a behind c"));
    BOOST_TEST(has(refusal({page({"a", "c"}, "1")}, page({"c"})), "c behind c"));
    BOOST_TEST(has(refusal({page({"a"}, "1"), page({}, "2")}, page({"a"})), "not in the order"));
    BOOST_TEST(has(refusal({page({}, "1", {"a/"})}, page({}, "", {"a/"})), "not in the order"));
    BOOST_TEST(has(refusal({page({"a"}, "1", {"x/"})}, page({"b"})), "b behind x/"));
}

BOOST_AUTO_TEST_CASE(the_order_is_that_of_bytes) {
    BOOST_TEST(has(refusal({}, page({"b", "a"})), "a behind b"));
    BOOST_TEST(has(refusal({}, page({}, "", {"b/", "a/"})), "a/ behind b/"));
    const std::string private_use = "\xEE\x80\x80", emoji = "\xF0\x9F\x98\x80";
    BOOST_TEST(refusal({}, page({"Z", "a", "\xC3\xA4", private_use, emoji})) == "");
    // As UTF-16 sorts.
    BOOST_TEST(has(refusal({}, page({emoji, private_use})), "not in the order"));
}

BOOST_AUTO_TEST_CASE(a_circle_of_tokens_is_no_listing) {
    BOOST_TEST(has(refusal({page({"a"}, "1")}, page({"b"}, "1")), "does not advance"));
    const std::vector<list_page> empty = {page({}, "1"), page({}, "0")};
    BOOST_TEST(has(refusal(empty, page({}, "1")), "does not advance"));
    // Keys show that it goes on, whatever its tokens are.
    BOOST_TEST(refusal(empty, page({"a"}, "1")) == "");
}

BOOST_AUTO_TEST_CASE(pages_that_name_nothing_come_to_an_end) {
    listing_walk walk = walk_of({page({"a"}, "0")});
    std::size_t taken = 0;
    while (taken < 5000 && walk.take(page({}, "t" + std::to_string(taken))))
        ++taken;
    BOOST_TEST(taken == 999u);
    BOOST_REQUIRE(walk.take(page({"b"}, "next")).has_value());
    BOOST_TEST(walk.take(page({}, "more")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
