// Tests of s3client/src/io/client_call.cpp: buckets that live in another region, and where nobody
// is led to.
#include "every_call.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;
using namespace sluice::s3::faults;

BOOST_AUTO_TEST_SUITE(redirects)

const std::string silent_move =
    "HTTP/1.1 301 Moved Permanently\r\nLocation: http://evil.example/b\r\nContent-Length: "
    "0\r\n\r\n";
const std::string fine = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n";

std::string lives_in(const std::string& region, const std::string& status = "301 Moved") {
    return "HTTP/1.1 " + status + "\r\nx-amz-bucket-region: " + region +
           "\r\nContent-Length: 0\r\n\r\n";
}

/// Puts through a client that signs, so that the region shows.
struct mover {
    explicit mover(std::vector<std::string> answers, const std::string& url = "http://h:9000")
        : rig([&] {
              client_options options = small_options();
              options.where = *parse_endpoint(url);
              options.who.anonymous = false;
              return options;
          }()) {
        scripted_server& server = rig.servers.emplace_back();
        for (std::string& each : answers)
            server.exchanges.emplace_back(std::move(each));
        server.silent_at_end = true;
    }
    result<std::string> put() {
        put_request what;
        what.bucket = "b";
        what.key = "k";
        memory_source body(as_bytes(std::string_view("x")));
        const auto done = rig.run(rig.client.put(what, body, deadline::never()));
        if (!done) return done.error();
        return done->etag;
    }
    /// Method and region of each request.
    std::string seen() const {
        std::string text;
        for (const std::string& each : rig.requests()) {
            const auto scope = each.find("/s3/aws4_request");
            BOOST_REQUIRE(scope != std::string::npos);
            const auto from = each.rfind('/', scope - 1) + 1;
            text += each.substr(0, each.find(' ')) + " " + each.substr(from, scope - from) + "\n";
        }
        return text;
    }
    client_rig rig;
};

BOOST_AUTO_TEST_CASE(a_redirect_without_a_region_asks_the_bucket) {
    for (const std::string& told :
         {lives_in("eu-west-3"),
          lives_in("eu-west-3", "200 OK"),
          lives_in("eu-west-3", "403 Forbidden")}) {
        mover one({silent_move, told, fine, fine});
        BOOST_TEST(one.put().has_value());
        BOOST_TEST(one.put().has_value());
        BOOST_TEST(one.seen() == "PUT us-east-1\nHEAD us-east-1\nPUT eu-west-3\nPUT eu-west-3\n");
    }
}

BOOST_AUTO_TEST_CASE(a_redirect_that_leads_nowhere_is_told_with_its_place) {
    for (const std::string& told :
         {lives_in("us-east-1"), silent_move, std::string("HTTP/1.1 403 Forbidden\r\n\r\n")}) {
        mover one({silent_move, told, fine});
        const auto outcome = one.put();
        BOOST_TEST((code_of(outcome) == s3_errc::wrong_region));
        BOOST_TEST(outcome.error().peer_text.find("http://evil.example/b") != std::string::npos);
        BOOST_TEST(one.seen() == "PUT us-east-1\nHEAD us-east-1\n");
        leaves_nothing_behind(one.rig, outcome);
    }
}

BOOST_AUTO_TEST_CASE(the_second_redirect_is_the_last_and_names_what_was_learned) {
    mover one({lives_in("eu-west-3"), lives_in("eu-west-4"), fine});
    const auto outcome = one.put();
    BOOST_TEST((code_of(outcome) == s3_errc::wrong_region));
    BOOST_TEST(outcome.error().peer_text.find("eu-west-4") != std::string::npos);
    BOOST_TEST(one.seen() == "PUT us-east-1\nPUT eu-west-3\n");
}

BOOST_AUTO_TEST_CASE(who_asks_for_the_bucket_itself_is_not_asked_twice) {
    mover one({"HTTP/1.1 301 Moved\r\n\r\n", lives_in("eu-west-3")});
    const auto head = one.rig.run(one.rig.client.head_bucket("b", deadline::never()));
    BOOST_REQUIRE(head.has_error());
    BOOST_TEST((head.error().code == s3_errc::wrong_region));
    BOOST_TEST(one.seen() == "HEAD us-east-1\n");
}

BOOST_AUTO_TEST_CASE(only_a_name_can_be_a_region) {
    for (const std::string& odd :
         {std::string("eu/west"),
          std::string("x y"),
          std::string("a@b"),
          std::string("a:80"),
          std::string(65, 'a')}) {
        mover one({lives_in(odd), lives_in(odd), fine});
        BOOST_TEST((code_of(one.put()) == s3_errc::wrong_region), odd);
        BOOST_TEST(one.seen() == "PUT us-east-1\nHEAD us-east-1\n");
    }
}

BOOST_AUTO_TEST_CASE(the_services_own_hosts_are_those_of_the_region) {
    mover one({lives_in("eu-west-3")}, "https://s3.us-east-1.amazonaws.com");
    one.rig.servers.emplace_back().exchanges.emplace_back(fine);
    BOOST_TEST(one.put().has_value());
    BOOST_TEST(one.rig.servers[0].reached_as == "b.s3.us-east-1.amazonaws.com:443");
    BOOST_TEST(one.rig.servers[1].reached_as == "b.s3.eu-west-3.amazonaws.com:443");
}

BOOST_AUTO_TEST_SUITE_END()
