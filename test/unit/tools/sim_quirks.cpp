// test: differences of stores, by name and in what they do.
#include "core/quirk_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace sluice::sim;

namespace sim_quirks_test {

quirks with(std::initializer_list<const char*> words) {
    quirks out;
    for (const char* word : words) {
        const auto added = add_quirk(out, word);
        BOOST_REQUIRE_MESSAGE(added, word);
    }
    return out;
}

std::string reason(const char* word) {
    quirks to;
    const auto added = add_quirk(to, word);
    return added ? "accepted" : added.error().where;
}

request_head headed(std::vector<header> headers) {
    request_head head;
    head.headers = std::move(headers);
    return head;
}

unsigned refused(const quirks& odd, operation what, std::vector<header> headers = {}) {
    const auto why = refuse_by_quirks(odd, what, headed(std::move(headers)), payload_claim());
    return why ? why->status : 0;
}

} // namespace sim_quirks_test

using namespace sim_quirks_test;

BOOST_AUTO_TEST_SUITE(sim_quirks)

BOOST_AUTO_TEST_CASE(words_come_back_as_they_were_given) {
    const auto odd = with(
        {"equal-parts",
         "late-listings=2s",
         "refuse-checksums",
         "max-keys=7",
         "max-parts",
         "min-part-size=9"}
    );
    const std::vector<std::string> words = {
        "refuse-checksums=501",
        "equal-parts",
        "max-keys=7",
        "max-parts=1000",
        "min-part-size=9",
        "late-listings=2000ms"};
    BOOST_TEST(quirk_words(odd) == words, boost::test_tools::per_element());
    BOOST_TEST(quirk_words(quirks()).empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_word_is_named) {
    BOOST_TEST(reason("equal-part") == "\"equal-part\" is no quirk; did you mean equal-parts?");
    BOOST_TEST(reason("equal-parts=1") == "equal-parts=1: takes no value");
    BOOST_TEST(reason("late-reads").starts_with("late-reads: needs a time"));
    BOOST_TEST(reason("max-keys=x").starts_with("max-keys=x: needs a number"));
    BOOST_TEST(reason("max-keys").starts_with("max-keys: needs a number"));
}

BOOST_AUTO_TEST_CASE(every_profile_is_made_of_known_words_and_differs) {
    std::set<std::vector<std::string>> seen;
    for (const auto& one : store_profiles()) {
        quirks odd;
        BOOST_TEST(add_profile(odd, one.name).has_value(), one.name);
        BOOST_TEST(seen.insert(quirk_words(odd)).second, one.name);
    }
    quirks odd;
    const auto unknown = add_profile(odd, "s4");
    BOOST_REQUIRE(!unknown);
    BOOST_TEST(unknown.error().where.find("strict, aws, r2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(operations_that_a_store_lacks_are_not_implemented) {
    BOOST_TEST(refused(with({"no-multipart"}), operation::create_upload) == 501u);
    BOOST_TEST(refused(with({"no-multipart"}), operation::put_object) == 0u);
    BOOST_TEST(refused(with({"no-part-copy"}), operation::upload_part_copy) == 501u);
    BOOST_TEST(refused(with({"refuse-v2"}), operation::list_objects) == 501u);
    BOOST_TEST(refused(with({"refuse-v2"}), operation::list_objects_v1) == 0u);
}

BOOST_AUTO_TEST_CASE(checksum_headers_are_refused_as_the_store_does_it) {
    const header crc{"x-amz-checksum-crc32c", "4waSgw=="};
    const header sha{"x-amz-checksum-sha256", "x"};
    const header mode{"x-amz-checksum-mode", "ENABLED"};
    const header sdk{"x-amz-sdk-checksum-algorithm", "CRC32"};
    BOOST_TEST(refused(with({"refuse-checksums"}), operation::put_object, {crc}) == 501u);
    BOOST_TEST(refused(with({"refuse-checksums=400"}), operation::put_object, {sdk}) == 400u);
    BOOST_TEST(refused(with({"refuse-checksums"}), operation::get_object, {mode}) == 0u);
    BOOST_TEST(refused(with({"only-sha256"}), operation::put_object, {crc}) == 400u);
    BOOST_TEST(refused(with({"only-sha256"}), operation::put_object, {sha}) == 0u);
}

BOOST_AUTO_TEST_CASE(trailers_and_chunks_are_refused_apart) {
    payload_claim plain, chunks, trailer;
    chunks.in_chunks = trailer.in_chunks = trailer.trailer = true;
    const auto status = [](const quirks& odd, const payload_claim& payload) {
        const auto why = refuse_by_quirks(odd, operation::put_object, request_head(), payload);
        return why ? why->status : 0u;
    };
    BOOST_TEST(status(with({"refuse-trailers"}), chunks) == 0u);
    BOOST_TEST(status(with({"refuse-trailers"}), trailer) == 501u);
    BOOST_TEST(status(with({"refuse-chunks"}), chunks) == 501u);
    BOOST_TEST(status(with({"refuse-chunks"}), plain) == 0u);
}

BOOST_AUTO_TEST_CASE(conditions_are_heeded_as_far_as_the_store_does) {
    const conditions sent{"\"a\"", ""};
    const auto if_match = [&sent](const quirks& odd, operation what) {
        return heeded(odd, what, sent).if_match;
    };
    BOOST_TEST(if_match(quirks(), operation::put_object) == "\"a\"");
    BOOST_TEST(if_match(with({"ignore-conditions"}), operation::put_object).empty());
    BOOST_TEST(if_match(with({"ignore-conditions"}), operation::get_object) == "\"a\"");
    const auto complete = with({"ignore-complete-conditions"});
    BOOST_TEST(if_match(complete, operation::complete_upload).empty());
    BOOST_TEST(if_match(complete, operation::put_object) == "\"a\"");
    BOOST_TEST(if_match(with({"refuse-if-match"}), operation::put_object) != "\"a\"");
    const header condition{"if-match", "\"a\""};
    const auto refusing = with({"refuse-conditions"});
    BOOST_TEST(refused(refusing, operation::put_object, {condition}) == 501u);
    BOOST_TEST(refused(refusing, operation::get_object, {condition}) == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_condition_may_be_told_as_304) {
    const auto odd = with({"304-for-412"});
    const auto why = refuse(412, "PreconditionFailed", "");
    BOOST_TEST(told_by_quirks(odd, operation::put_object, why).status == 304u);
    BOOST_TEST(told_by_quirks(odd, operation::get_object, why).status == 412u);
    BOOST_TEST(told_by_quirks(quirks(), operation::put_object, why).status == 412u);
}

BOOST_AUTO_TEST_CASE(metadata_is_forgotten) {
    const auto left = [](const quirks& odd, operation what) {
        auto head = headed({{"x-amz-meta-a", "1"}, {"content-type", "x"}});
        forget_metadata(odd, what, head);
        return head.headers.size();
    };
    BOOST_TEST(left(quirks(), operation::put_object) == 2u);
    BOOST_TEST(left(with({"drop-metadata"}), operation::put_object) == 1u);
    BOOST_TEST(left(with({"drop-upload-metadata"}), operation::put_object) == 2u);
    BOOST_TEST(left(with({"drop-upload-metadata"}), operation::create_upload) == 1u);
}

BOOST_AUTO_TEST_CASE(etags_are_spelled_as_the_store_does_it) {
    std::vector<std::pair<std::string, std::string>> headers = {{"ETag", "\"abc\""}};
    std::string body = "<A><ETag>&quot;abc&quot;</ETag><B>&quot;</B></A>";
    spell_etags(with({"unquoted-etags"}), operation::put_object, headers, body);
    BOOST_TEST(headers[0].second == "abc");
    BOOST_TEST(body == "<A><ETag>abc</ETag><B>&quot;</B></A>");
    spell_etags(with({"empty-complete-etag"}), operation::put_object, headers, body);
    BOOST_TEST(body == "<A><ETag>abc</ETag><B>&quot;</B></A>");
    spell_etags(with({"empty-complete-etag"}), operation::complete_upload, headers, body);
    BOOST_TEST(body == "<A><ETag></ETag><B>&quot;</B></A>");
}

BOOST_AUTO_TEST_SUITE_END()
