// test: what a probe found, as a document and as decisions.
#include <sluice/base/error.hpp>
#include <sluice/s3/store_profile.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;

namespace store_profiles_test {

store_profile sample() {
    store_profile found;
    found.endpoint = "s3.example.net:443";
    found.bucket = "archive";
    found.prefix = "a \"quoted\" one";
    found.probed_at = 1'700'000'000'000'000;
    found.of(ability::create_once) = {verdict::yes, ""};
    found.of(ability::list_v2) = {verdict::no, "501 \xff NotImplemented"};
    found.of(ability::takes_sha256) = {verdict::yes, ""};
    found.of(ability::aborts_uploads) = {verdict::unknown, "access denied"};
    found.etag_kind = "md5";
    found.smallest_part = 65536;
    found.clock_ahead = -7;
    found.left_behind = {"a/b", "upload c"};
    found.requests = 150;
    return found;
}

} // namespace store_profiles_test

using namespace store_profiles_test;

BOOST_AUTO_TEST_SUITE(store_profiles)

BOOST_AUTO_TEST_CASE(a_stored_profile_is_read_as_it_was) {
    const auto before = sample();
    const auto after = read_store_profile(store_profile_json(before));
    BOOST_REQUIRE(after);
    BOOST_TEST(
        store_profile_json(*after) ==
        store_profile_json(*read_store_profile(store_profile_json(*after)))
    );
    for (std::size_t n = 0; n < ability_count; ++n) {
        const auto what = static_cast<ability>(n);
        BOOST_TEST((after->of(what).said == before.of(what).said), name_of(what));
    }
    BOOST_TEST(after->of(ability::aborts_uploads).note == "access denied");
    BOOST_TEST(after->of(ability::list_v2).note == "501 ? NotImplemented");
    BOOST_TEST(after->prefix == before.prefix);
    BOOST_TEST(after->probed_at == before.probed_at);
    BOOST_TEST(after->smallest_part == 65536u);
    BOOST_TEST(*after->clock_ahead == -7);
    BOOST_TEST(after->left_behind == before.left_behind);
    BOOST_TEST(after->requests == 150u);
}

BOOST_AUTO_TEST_CASE(what_is_no_profile_is_refused) {
    BOOST_TEST((read_store_profile("[").error().code == errc::invalid_argument));
    BOOST_TEST((read_store_profile("{}").error().code == errc::invalid_argument));
    BOOST_TEST((read_store_profile("{\"version\":1}").error().code == errc::invalid_argument));
    const auto newer = read_store_profile("{\"version\":2,\"abilities\":{}}");
    BOOST_TEST((newer.error().code == errc::unsupported_version));
}

BOOST_AUTO_TEST_CASE(what_a_document_does_not_tell_is_not_known) {
    const auto read = read_store_profile(
        R"({"version":1,"abilities":{"list_v1":{"can":true},"tomorrow":{"can":true}}})"
    );
    BOOST_REQUIRE(read);
    BOOST_TEST(read->can(ability::list_v1));
    BOOST_TEST((read->of(ability::list_v2).said == verdict::unknown));
    BOOST_TEST(!read->clock_ahead);
}

BOOST_AUTO_TEST_CASE(only_one_winner_makes_an_export_exact) {
    store_profile found;
    BOOST_TEST(guarantee_of(found) == "single-writer");
    found.of(ability::create_once).said = verdict::no;
    BOOST_TEST(guarantee_of(found) == "single-writer");
    found.of(ability::create_once).said = verdict::yes;
    BOOST_TEST(guarantee_of(found) == "exactly-once");
}

BOOST_AUTO_TEST_CASE(the_dialect_follows_from_what_was_found) {
    store_profile found;
    BOOST_TEST(capabilities_of(found).list_second_version);
    BOOST_TEST(capabilities_of(found).url_encoded_listings);
    BOOST_TEST(!capabilities_of(found).trailers);
    BOOST_TEST(!takes_checksums(found));
    found.of(ability::list_v2).said = verdict::no;
    found.of(ability::unsigned_trailers).said = verdict::yes;
    found.of(ability::signed_chunks).said = verdict::yes;
    BOOST_TEST(!capabilities_of(found).list_second_version);
    BOOST_TEST(!capabilities_of(found).trailers); // nobody looks at them
    BOOST_TEST(!capabilities_of(found).signed_chunks);
    found.of(ability::verifies_crc64nvme).said = verdict::yes;
    found.of(ability::signed_trailers).said = verdict::yes;
    found.of(ability::takes_crc32).said = verdict::yes;
    BOOST_TEST(capabilities_of(found).trailers);
    BOOST_TEST(capabilities_of(found).signed_chunks);
    BOOST_TEST(takes_checksums(found));
}

BOOST_AUTO_TEST_SUITE_END()
