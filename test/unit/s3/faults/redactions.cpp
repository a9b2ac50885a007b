// Tests of s3client/src/core/redaction.cpp and of what the client takes out of a server's words.
#include "core/redaction.hpp"
#include "every_call.hpp"

#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;
using namespace sluice::s3::faults;

BOOST_AUTO_TEST_SUITE(redactions)

std::string without(std::string text, std::string_view secret) {
    redact(text, secret);
    return text;
}

BOOST_AUTO_TEST_CASE(a_secret_is_taken_out_wherever_it_stands) {
    BOOST_TEST(
        without("a secret b secretsecret", "secret") == "a [redacted] b [redacted][redacted]"
    );
    BOOST_TEST(without("secret", "secret") == "[redacted]");
    BOOST_TEST(without("nothing", "secret") == "nothing");
    BOOST_TEST(without("", "secret") == "");
    BOOST_TEST(without("no secret is empty", "") == "no secret is empty");
}

BOOST_AUTO_TEST_CASE(the_beginning_of_one_at_the_end_is_one) {
    BOOST_TEST(without("cut: secr", "secret") == "cut: [redacted]");
    BOOST_TEST(without("cut: secre", "secret") == "cut: [redacted]");
    BOOST_TEST(without("cut: sec", "secret") == "cut: sec", "too short to tell anything");
    BOOST_TEST(without("secr and more", "secret") == "secr and more");
    BOOST_TEST(without("s", "s") == "[redacted]");
}

BOOST_AUTO_TEST_CASE(a_customers_key_is_a_secret) {
    client_options options = small_options();
    options.where = *parse_endpoint("http://127.0.0.1:9000");
    client_rig rig(std::move(options));
    rig.servers.emplace_back().exchanges.emplace_back([](const std::string& request) {
        return "HTTP/1.1 400 Bad Request\r\nContent-Length: " + std::to_string(request.size()) +
               "\r\n\r\n" + request;
    });
    get_request what;
    what.bucket = "b";
    what.key = "k";
    what.secret.bytes = std::string(32, 'K');
    memory_sink sink(10);
    const auto got = rig.run(rig.client.get(what, sink, deadline::never()));
    BOOST_REQUIRE(got.has_error());
    const std::string key = base64(as_bytes(what.secret.bytes));
    BOOST_TEST(rig.requests()[0].find(key) != std::string::npos);
    BOOST_TEST(got.error().peer_text.find("[redacted]") != std::string::npos);
    BOOST_TEST(describe(got.error()).find(key) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
