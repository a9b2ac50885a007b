// Tests of s3client/src/core/credential_documents.cpp and sts.cpp: what is sent, what is read.
#include "core/credential_documents.hpp"

#include "core/sts.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(credential_documents)

const std::chrono::sys_seconds sample_end{std::chrono::seconds(1'769'853'600)};

void refuses(const result<credentials>& read, const std::string& part) {
    BOOST_REQUIRE(read.has_error());
    const std::string line = read.error().where;
    BOOST_TEST(line.find(part) != std::string::npos, line);
    BOOST_TEST(describe(read.error()).find("canary") == std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(a_process_prints_version_one) {
    const auto read = read_process_output(
        "{\"Version\": 1, \"AccessKeyId\": \"k\", \"SecretAccessKey\": \"s\",\n"
        " \"SessionToken\": \"t\", \"Expiration\": \"2026-01-31T10:00:00Z\", \"More\": [1]}\n"
    );
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->access_key == "k");
    BOOST_TEST(read->secret_key == "s");
    BOOST_TEST(read->session_token == "t");
    BOOST_TEST((read->expires.value() == sample_end));
    const auto lasting =
        read_process_output("{\"Version\":1,\"AccessKeyId\":\"k\",\"SecretAccessKey\":\"s\"}");
    BOOST_TEST(!lasting.value().expires.has_value());
    BOOST_TEST(lasting.value().session_token == "");
    const std::string keys = "\"AccessKeyId\":\"canary\",\"SecretAccessKey\":\"canary\"";
    refuses(read_process_output("{" + keys + "}"), "\"Version\": 1");
    refuses(read_process_output("{\"Version\":2," + keys + "}"), "\"Version\": 1");
    refuses(read_process_output("{\"Version\":\"1\"," + keys + "}"), "\"Version\": 1");
    refuses(read_process_output(""), "one JSON object");
    refuses(read_process_output("canary"), "one JSON object");
    refuses(read_process_output("[{\"Version\":1}]"), "one JSON object");
    refuses(read_process_output("{\"Version\":1," + keys + "}{}"), "one JSON object");
    refuses(read_process_output(std::string(70'000, '{')), "one JSON object");
    refuses(
        read_process_output("{\"Version\":1,\"AccessKeyId\":\"canary\"}"),
        "lacks an access key or its secret"
    );
    refuses(
        read_process_output("{\"Version\":1,\"AccessKeyId\":7,\"SecretAccessKey\":\"canary\"}"),
        "lacks an access key or its secret"
    );
    refuses(
        read_process_output("{\"Version\":1," + keys + ",\"Expiration\":\"canary\"}"),
        "the answer's expiration is no time"
    );
    refuses(
        read_process_output("{\"Version\":1," + keys + ",\"SessionToken\":\"canary\\r\\nX: y\"}"),
        "control bytes"
    );
}

BOOST_AUTO_TEST_CASE(an_agent_answers_with_a_token) {
    const auto read = read_metadata_credentials(
        "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"k\",\"SecretAccessKey\":"
        "\"s\",\"Token\":\"t\",\"Expiration\":\"2026-01-31T10:00:00Z\"}"
    );
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->session_token == "t");
    BOOST_TEST((read->expires.value() == sample_end));
    BOOST_TEST(
        read_metadata_credentials("{\"AccessKeyId\":\"k\",\"SecretAccessKey\":\"s\"}").has_value()
    );
    const auto other = read_metadata_credentials(
        "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"not you\"}"
    );
    BOOST_REQUIRE(other.has_error());
    BOOST_TEST(other.error().peer_text == "AssumeRoleUnauthorizedAccess: not you");
    refuses(read_metadata_credentials("<html>canary"), "not one JSON object");
}

BOOST_AUTO_TEST_CASE(an_end_that_the_clock_cannot_tell_is_far_away_or_over) {
    const auto ending = [](const std::string& at) {
        return read_metadata_credentials(
                   "{\"AccessKeyId\":\"k\",\"SecretAccessKey\":\"s\",\"Expiration\":\"" + at + "\"}"
        )
            .value()
            .expires.value();
    };
    BOOST_TEST((ending("9999-12-31T23:59:59Z") > sample_end + std::chrono::hours(24 * 365 * 100)));
    BOOST_TEST((ending("0001-01-01T00:00:00Z") < sample_end));
    BOOST_TEST((ending("1969-12-31T00:00:00Z") < sample_end));
}

BOOST_AUTO_TEST_CASE(sts_answers_in_xml) {
    const std::string answer =
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
        "<AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>k</AccessKeyId>"
        "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        "<Expiration>2026-01-31T10:00:00Z</Expiration></Credentials></AssumeRoleResult>"
        "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>";
    const auto read = read_assumed_role(answer);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->access_key == "k");
    BOOST_TEST(read->session_token == "t");
    BOOST_TEST((read->expires.value() == sample_end));
    refuses(read_assumed_role("canary"), "no XML");
    refuses(read_assumed_role("<A><B>canary</B></A>"), "holds no credentials");
    refuses(
        read_assumed_role(
            "<A><B><Credentials><AccessKeyId>canary</AccessKeyId></Credentials></B></A>"
        ),
        "lacks"
    );
}

BOOST_AUTO_TEST_CASE(sts_is_asked_by_form) {
    role_request what;
    what.role_arn = "arn:aws:iam::1:role/a b";
    const std::chrono::sys_seconds now{std::chrono::seconds(77)};
    BOOST_TEST(
        assume_role_form(what, now).value() ==
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b"
        "&RoleSessionName=sluice-77&DurationSeconds=3600"
    );
    what.session_name = "me";
    what.external_id = "e&x";
    what.duration = std::chrono::seconds(900);
    BOOST_TEST(
        web_identity_form(what, "t+t", now).value() ==
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%"
        "2Fa%20b&RoleSessionName=me&DurationSeconds=900&ExternalId=e%26x&WebIdentityToken=t%2Bt"
    );
    for (std::string* each : {&what.role_arn, &what.session_name, &what.external_id}) {
        const std::string before = *each;
        *each += "\r\n";
        BOOST_TEST((assume_role_form(what, now).error().code == s3_errc::unsafe_input));
        *each = before;
    }
    BOOST_TEST(sts_url("").where.host == "sts.amazonaws.com");
    BOOST_TEST(sts_url("").where.region == "us-east-1");
    BOOST_TEST(sts_url("eu-west-1").where.host == "sts.eu-west-1.amazonaws.com");
    BOOST_TEST(sts_url("cn-north-1").where.host == "sts.cn-north-1.amazonaws.com.cn");
    BOOST_TEST(sts_url("").where.tls);
}

BOOST_AUTO_TEST_CASE(refusals_of_sts_have_their_meaning) {
    const auto of = [](unsigned status, const std::string& code) {
        return read_sts_failure(
            status,
            "<ErrorResponse><Error><Type>Sender</Type><Code>" + code +
                "</Code><Message>m</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        );
    };
    BOOST_TEST((of(403, "AccessDenied").code == s3_errc::no_credentials));
    BOOST_TEST(of(403, "AccessDenied").peer_text == "AccessDenied: m");
    BOOST_TEST(of(403, "AccessDenied").request_id == "r-1");
    // Of the base, not of the store: it is never taken for a hint to renew.
    BOOST_TEST((of(400, "ExpiredTokenException").code == s3_errc::no_credentials));
    BOOST_TEST((of(400, "Throttling").code == s3_errc::slow_down));
    BOOST_TEST((of(400, "IDPCommunicationError").code == s3_errc::internal_error));
    BOOST_TEST((of(500, "").code == s3_errc::internal_error));
    BOOST_TEST(read_sts_failure(404, "<html>").peer_text == "HTTP status 404");
    BOOST_TEST(is_about_the_clock(of(400, "RequestExpired")));
    BOOST_TEST(!is_about_the_clock(of(403, "SignatureDoesNotMatch")));
}

BOOST_AUTO_TEST_SUITE_END()
