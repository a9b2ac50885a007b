// Tests of s3client/src/core/error_table.cpp and error.cpp: codes, statuses, classes of retry.
#include "core/error_table.hpp"

#include <sluice/base/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(error_meanings)

constexpr subject all_subjects[] = {subject::bucket, subject::object, subject::upload};

std::string text_of(s3_errc code) {
    return make_error_code(code).message();
}

std::string meaning(unsigned status, std::string_view code, subject about = subject::object) {
    return text_of(meaning_of(status, code, about));
}

struct expected {
    unsigned status;
    const char* code;
    s3_errc meaning;
};

BOOST_AUTO_TEST_CASE(a_known_code_decides_whatever_the_subject) {
    constexpr expected table[] = {
        {403, "AccessDenied", s3_errc::access_denied},
        {403, "InvalidAccessKeyId", s3_errc::invalid_credentials},
        {403, "SignatureDoesNotMatch", s3_errc::invalid_credentials},
        {400, "ExpiredToken", s3_errc::expired_token},
        {400, "InvalidToken", s3_errc::expired_token},
        {403, "RequestTimeTooSkewed", s3_errc::request_time_too_skewed},
        {404, "NoSuchBucket", s3_errc::no_such_bucket},
        {404, "NoSuchKey", s3_errc::no_such_key},
        {404, "NoSuchUpload", s3_errc::no_such_upload},
        {412, "PreconditionFailed", s3_errc::precondition_failed},
        {409, "ConditionalRequestConflict", s3_errc::conditional_conflict},
        {409, "OperationAborted", s3_errc::conditional_conflict},
        {400, "InvalidPart", s3_errc::invalid_part},
        {400, "InvalidPartOrder", s3_errc::invalid_part},
        {400, "EntityTooSmall", s3_errc::invalid_part},
        {416, "InvalidRange", s3_errc::invalid_range},
        {400, "BadDigest", s3_errc::bad_digest},
        {400, "XAmzContentSHA256Mismatch", s3_errc::bad_digest},
        {503, "SlowDown", s3_errc::slow_down},
        {429, "TooManyRequests", s3_errc::slow_down},
        {400, "ThrottlingException", s3_errc::slow_down},
        {500, "InternalError", s3_errc::internal_error},
        {400, "RequestTimeout", s3_errc::request_timeout},
        {301, "PermanentRedirect", s3_errc::wrong_region},
        {400, "AuthorizationHeaderMalformed", s3_errc::wrong_region},
        {501, "NotImplemented", s3_errc::not_implemented},
    };
    for (const expected& each : table)
        for (const subject about : all_subjects)
            BOOST_TEST(meaning(each.status, each.code, about) == text_of(each.meaning), each.code);
}

BOOST_AUTO_TEST_CASE(a_code_counts_more_than_its_status) {
    BOOST_TEST(meaning(200, "InternalError") == text_of(s3_errc::internal_error));
    BOOST_TEST(meaning(200, "SlowDown") == text_of(s3_errc::slow_down));
    BOOST_TEST(meaning(400, "NoSuchUpload") == text_of(s3_errc::no_such_upload));
    BOOST_TEST(meaning(500, "AccessDenied") == text_of(s3_errc::access_denied));
}

BOOST_AUTO_TEST_CASE(an_unknown_or_missing_code_falls_to_the_class_of_its_status) {
    constexpr expected table[] = {
        {301, "", s3_errc::wrong_region},        {302, "", s3_errc::wrong_region},
        {307, "", s3_errc::wrong_region},        {304, "", s3_errc::precondition_failed},
        {400, "", s3_errc::other_client_error},  {401, "", s3_errc::access_denied},
        {403, "", s3_errc::access_denied},       {405, "", s3_errc::other_client_error},
        {408, "", s3_errc::request_timeout},     {411, "", s3_errc::other_client_error},
        {412, "", s3_errc::precondition_failed}, {413, "", s3_errc::other_client_error},
        {416, "", s3_errc::invalid_range},       {429, "", s3_errc::slow_down},
        {499, "", s3_errc::other_client_error},  {500, "", s3_errc::internal_error},
        {501, "", s3_errc::not_implemented},     {502, "", s3_errc::internal_error},
        {503, "", s3_errc::slow_down},           {504, "", s3_errc::internal_error},
        {599, "", s3_errc::internal_error},      {200, "", s3_errc::malformed_answer},
        {100, "", s3_errc::malformed_answer},
    };
    for (const expected& each : table)
        for (const char* const code : {"", "FrobnicationFailed", "nosuchkey", "AccessDenied "})
            for (const subject about : all_subjects)
                BOOST_TEST(
                    meaning(each.status, code, about) == text_of(each.meaning),
                    each.status << " " << code
                );
}

BOOST_AUTO_TEST_CASE(a_404_is_about_what_was_asked_for) {
    for (const char* const code : {"", "NotFound"}) {
        BOOST_TEST(meaning(404, code, subject::bucket) == text_of(s3_errc::no_such_bucket));
        BOOST_TEST(meaning(404, code, subject::object) == text_of(s3_errc::no_such_key));
        BOOST_TEST(meaning(404, code, subject::upload) == text_of(s3_errc::no_such_upload));
    }
}

BOOST_AUTO_TEST_CASE(a_409_with_a_code_of_its_own_is_no_race) {
    BOOST_TEST(meaning(409, "") == text_of(s3_errc::conditional_conflict));
    for (const char* const code :
         {"BucketNotEmpty", "BucketAlreadyExists", "BucketAlreadyOwnedByYou"})
        BOOST_TEST(meaning(409, code) == text_of(s3_errc::other_client_error), code);
}

failure_class class_of(error_code code) {
    failure why;
    why.code = code;
    return classify(why);
}

BOOST_AUTO_TEST_CASE(each_failure_has_one_class_of_retry) {
    const std::set<s3_errc> retried = {
        s3_errc::request_time_too_skewed,
        s3_errc::conditional_conflict,
        s3_errc::bad_digest,
        s3_errc::internal_error,
        s3_errc::request_timeout,
        s3_errc::malformed_answer,
        s3_errc::truncated_body,
        s3_errc::checksum_mismatch,
        s3_errc::connect_failed,
        s3_errc::connection_lost,
        s3_errc::timed_out};
    for (int each = 1; each <= static_cast<int>(s3_errc::no_credentials); ++each) {
        const auto code = static_cast<s3_errc>(each);
        failure_class wanted = failure_class::permanent;
        if (retried.contains(code)) wanted = failure_class::retry;
        if (code == s3_errc::slow_down) wanted = failure_class::throttle;
        if (code == s3_errc::expired_token) wanted = failure_class::refresh_credentials;
        BOOST_TEST((class_of(code) == wanted), text_of(code));
    }
    BOOST_TEST((class_of(errc::cancelled) == failure_class::cancelled));
    BOOST_TEST((class_of(errc::io_error) == failure_class::permanent));
    BOOST_TEST((class_of(error_code()) == failure_class::permanent));
}

BOOST_AUTO_TEST_CASE(each_failure_has_words_of_its_own) {
    std::set<std::string> words;
    constexpr int last = static_cast<int>(s3_errc::no_credentials);
    for (int each = 1; each <= last; ++each)
        words.insert(text_of(static_cast<s3_errc>(each)));
    BOOST_TEST(words.size() == static_cast<std::size_t>(last));
    BOOST_TEST(s3_category().message(999) == "unknown error 999");
}

BOOST_AUTO_TEST_SUITE_END()
