// The table of answers and classes, cell by cell: each operation, each code with its status; with
// the code in a body, with no body, and with a body that is no XML.
#include "every_call.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;
using namespace sluice::s3::faults;

BOOST_AUTO_TEST_SUITE(classified_answers)

enum class then {
    tried_again = 1, ///< it surely had no effect, or may be repeated
    unclear,         ///< tried again, unless only the caller can settle it
    signed_anew,     ///< once
    given_up,
};

struct meaning {
    s3_errc code;
    then what;
};

/// By its status alone.
meaning of_status(unsigned status, subject about) {
    switch (status) {
    case 401:
    case 403:
        return {s3_errc::access_denied, then::given_up};
    case 404:
        return {
            about == subject::bucket   ? s3_errc::no_such_bucket
            : about == subject::upload ? s3_errc::no_such_upload
                                       : s3_errc::no_such_key,
            then::given_up};
    case 408:
        return {s3_errc::request_timeout, then::tried_again};
    case 409:
        return {s3_errc::conditional_conflict, then::unclear};
    case 412:
        return {s3_errc::precondition_failed, then::given_up};
    case 416:
        return {s3_errc::invalid_range, then::given_up};
    case 429:
    case 503:
        return {s3_errc::slow_down, then::tried_again};
    case 501:
        return {s3_errc::not_implemented, then::given_up};
    default:
        break;
    }
    if (status >= 500) return {s3_errc::internal_error, then::unclear};
    return {s3_errc::other_client_error, then::given_up};
}

struct coded {
    unsigned status;
    const char* code;
    meaning with_code;
};

const coded table[] = {
    {400, "RequestTimeout", {s3_errc::request_timeout, then::tried_again}},
    {408, "RequestTimeout", {s3_errc::request_timeout, then::tried_again}},
    {429, "TooManyRequests", {s3_errc::slow_down, then::tried_again}},
    {400, "ThrottlingException", {s3_errc::slow_down, then::tried_again}},
    {503, "SlowDown", {s3_errc::slow_down, then::tried_again}},
    {503, "ServiceUnavailable", {s3_errc::slow_down, then::tried_again}},
    {503, "UnheardOf", {s3_errc::slow_down, then::tried_again}},
    {500, "InternalError", {s3_errc::internal_error, then::unclear}},
    {500, "InternalErrors", {s3_errc::internal_error, then::unclear}},
    {502, "UnheardOf", {s3_errc::internal_error, then::unclear}},
    {504, "UnheardOf", {s3_errc::internal_error, then::unclear}},
    {507, "UnheardOf", {s3_errc::internal_error, then::unclear}},
    {599, "UnheardOf", {s3_errc::internal_error, then::unclear}},
    {503, "InternalError", {s3_errc::internal_error, then::unclear}},
    {500, "SlowDown", {s3_errc::slow_down, then::tried_again}},
    {409, "ConditionalRequestConflict", {s3_errc::conditional_conflict, then::unclear}},
    {409, "OperationAborted", {s3_errc::conditional_conflict, then::unclear}},
    {409, "BucketNotEmpty", {s3_errc::other_client_error, then::given_up}},
    {400, "BadDigest", {s3_errc::bad_digest, then::tried_again}},
    {400, "XAmzContentSHA256Mismatch", {s3_errc::bad_digest, then::tried_again}},
    {403, "RequestTimeTooSkewed", {s3_errc::request_time_too_skewed, then::given_up}},
    {400, "ExpiredToken", {s3_errc::expired_token, then::given_up}},
    {403, "ExpiredTokenException", {s3_errc::expired_token, then::given_up}},
    {400, "InvalidToken", {s3_errc::expired_token, then::given_up}},
    {403, "AccessDenied", {s3_errc::access_denied, then::given_up}},
    {401, "UnheardOf", {s3_errc::access_denied, then::given_up}},
    {403, "InvalidObjectState", {s3_errc::access_denied, then::given_up}},
    {403, "QuotaExceeded", {s3_errc::access_denied, then::given_up}},
    {403, "InvalidAccessKeyId", {s3_errc::invalid_credentials, then::given_up}},
    {403, "SignatureDoesNotMatch", {s3_errc::invalid_credentials, then::signed_anew}},
    {404, "NoSuchBucket", {s3_errc::no_such_bucket, then::given_up}},
    {404, "NoSuchKey", {s3_errc::no_such_key, then::given_up}},
    {404, "NoSuchUpload", {s3_errc::no_such_upload, then::given_up}},
    {412, "PreconditionFailed", {s3_errc::precondition_failed, then::given_up}},
    {416, "InvalidRange", {s3_errc::invalid_range, then::given_up}},
    {400, "InvalidPart", {s3_errc::invalid_part, then::given_up}},
    {400, "InvalidPartOrder", {s3_errc::invalid_part, then::given_up}},
    {400, "EntityTooSmall", {s3_errc::invalid_part, then::given_up}},
    {400, "EntityTooLarge", {s3_errc::other_client_error, then::given_up}},
    {400, "InvalidArgument", {s3_errc::other_client_error, then::given_up}},
    {400, "MalformedXML", {s3_errc::other_client_error, then::given_up}},
    {400, "KMS.DisabledException", {s3_errc::other_client_error, then::given_up}},
    {400, "UnheardOf", {s3_errc::other_client_error, then::given_up}},
    {405, "MethodNotAllowed", {s3_errc::other_client_error, then::given_up}},
    {411, "MissingContentLength", {s3_errc::other_client_error, then::given_up}},
    {418, "UnheardOf", {s3_errc::other_client_error, then::given_up}},
    {501, "NotImplemented", {s3_errc::not_implemented, then::given_up}},
};

enum class body { with_code = 1, none, no_xml };

std::string answer_of(const coded& each, body how, bool to_head) {
    sound_answer answer;
    answer.status = std::to_string(each.status) + " Status";
    if (how == body::with_code)
        answer.body = std::string("<?xml version=\"1.0\"?>\n<Error><Code>") + each.code +
                      "</Code><Message>m</Message><RequestId>r</RequestId></Error>";
    else if (how == body::no_xml)
        answer.body = "<html><p>Something went wrong<br></body>";
    if (to_head) {
        answer.headers = "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
        answer.what = sound_answer::kind::no_body;
    }
    return write_answer(answer, "");
}

/// The code that says "there is no such thing", for a call that is content with that.
bool is_missing(const tried_call& what, s3_errc code) {
    if (!what.missing_is_fine) return false;
    return code == of_status(404, what.about).code;
}

void try_cell(const tried_call& what, const sound_run& sound, const coded& each, body how) {
    const bool to_head = sound.requests[0].starts_with("HEAD");
    const bool by_code = how == body::with_code && !to_head;
    const meaning wanted = by_code ? each.with_code : of_status(each.status, what.about);
    // Asks whether the bucket is its own already: a test of its own.
    if (what.name == std::string_view("create_bucket") && wanted.what == then::given_up &&
        wanted.code == s3_errc::other_client_error)
        return;
    // Asks by the older version: so does this.
    if (what.name == std::string_view("list") && wanted.code == s3_errc::not_implemented) return;
    client_rig rig(what.options());
    scripted_server& server = rig.servers.emplace_back();
    server.exchanges.emplace_back(answer_of(each, how, to_head));
    for (std::size_t n = 0; n < what.answers.size(); ++n)
        server.exchanges.push_back(what.exchange(n));
    server.silent_at_end = true;
    const auto outcome = what.make(rig);
    const bool again = wanted.what == then::tried_again || wanted.what == then::signed_anew ||
                       (wanted.what == then::unclear && !what.gives_back);
    const bool fine = again || is_missing(what, wanted.code);
    BOOST_TEST(outcome.has_value() == fine);
    BOOST_TEST(rig.requests().size() == (again ? 1 + what.answers.size() : 1u));
    BOOST_TEST(rig.client.stats().throttled == (wanted.code == s3_errc::slow_down ? 1u : 0u));
    if (again && outcome) BOOST_TEST(*outcome == sound.value);
    if (!outcome) {
        BOOST_TEST((code_of(outcome) == wanted.code), describe(outcome.error()));
        BOOST_TEST(!outcome.error().peer_text.empty());
        BOOST_TEST(outcome.error().request_id == (by_code ? "r" : ""));
    }
    // A whole answer leaves the connection fit for the next request, whatever it says.
    BOOST_TEST(rig.client.stats().connections_opened == 1u);
    BOOST_TEST(rig.client.stats().connections_idle == 1u);
    leaves_nothing_behind(rig, outcome);
}

BOOST_AUTO_TEST_CASE(every_cell) {
    for (const tried_call& what : every_call()) {
        const sound_run sound = run_soundly(what);
        for (const coded& each : table)
            for (const body how : {body::with_code, body::none, body::no_xml})
                BOOST_TEST_CONTEXT(
                    what.name << ", " << each.status << " " << each.code << ", body "
                              << static_cast<int>(how)
                )
        try_cell(what, sound, each, how);
    }
}

BOOST_AUTO_TEST_CASE(a_signature_that_does_not_match_twice_is_wrong) {
    client_rig rig(small_options());
    scripted_server& server = rig.servers.emplace_back();
    sound_answer refusal;
    refusal.status = "403 Forbidden";
    refusal.body = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
    for (int n = 0; n < 3; ++n)
        server.exchanges.emplace_back(write_answer(refusal, ""));
    const auto outcome = rig.run(rig.client.abort_upload("b", "k", "u", deadline::never()));
    BOOST_REQUIRE(outcome.has_error());
    BOOST_TEST((outcome.error().code == s3_errc::invalid_credentials));
    BOOST_TEST(rig.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_bucket_that_is_ours_already_has_been_created) {
    const auto creates = [](const std::string& first, const std::string& second) {
        client_rig rig(small_options());
        scripted_server& server = rig.servers.emplace_back();
        server.exchanges.emplace_back(first);
        server.exchanges.emplace_back(second);
        const auto outcome = rig.run(rig.client.create_bucket("b", deadline::never()));
        BOOST_TEST(rig.requests()[1].starts_with("HEAD /b HTTP/1.1\r\n"));
        return outcome.has_value();
    };
    sound_answer ours;
    ours.status = "409 Conflict";
    ours.body = "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>";
    const std::string there = write_answer(ours, "");
    BOOST_TEST(creates(there, "HTTP/1.1 200 OK\r\n\r\n"));
    BOOST_TEST(!creates(there, "HTTP/1.1 403 Forbidden\r\n\r\n"));
    BOOST_TEST(!creates(there, "HTTP/1.1 404 Not Found\r\n\r\n"));
}

/// x-amz-retry-after: in milliseconds, for both kinds of pause, and never without end.
BOOST_AUTO_TEST_CASE(the_stores_own_wish_for_a_pause_is_heeded) {
    using namespace std::chrono_literals;
    const auto pause_after = [](const std::string& status, const std::string& wish) {
        client_options options = small_options();
        options.limits.retries.throttle_base = options.limits.retries.transient_base = 2ms;
        client_rig rig(std::move(options));
        scripted_server& server = rig.servers.emplace_back();
        server.exchanges.emplace_back(
            "HTTP/1.1 " + status + "\r\nx-amz-retry-after: " + wish +
            "\r\nContent-Length: 0\r\n\r\n"
        );
        server.exchanges.emplace_back("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        const auto begun = std::chrono::steady_clock::now();
        BOOST_TEST(rig.run(rig.client.head("b", "k", deadline::never())).has_value());
        const auto at = rig.log.text.find("pause_ms=");
        BOOST_REQUIRE(at != std::string::npos);
        const std::chrono::milliseconds told(std::stol(rig.log.text.substr(at + 9)));
        BOOST_TEST((std::chrono::steady_clock::now() - begun >= told));
        return told;
    };
    for (const std::string& status : {std::string("503 Slow Down"), std::string("500 Oops")}) {
        BOOST_TEST((pause_after(status, "40") == 40ms));
        BOOST_TEST((pause_after(status, "0") == 2ms));
        for (const char* const odd : {"", "-1", "1.5", "soon", "9999999999999999999999"})
            BOOST_TEST((pause_after(status, odd) < 2ms), odd);
    }
}

BOOST_AUTO_TEST_SUITE_END()
