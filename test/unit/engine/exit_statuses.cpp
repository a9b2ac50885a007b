// The exit status of every failure, as documented: a table of all codes, so that none is forgotten.
#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace sluice;
using sluice::s3::s3_errc;

struct documented_status {
    error_code code;
    int source, destination, neither;
};

const std::vector<documented_status>& statuses() {
    static const std::vector<documented_status> table{
        {errc::invalid_argument, 2, 2, 2},
        {errc::damaged, 1, 1, 1},
        {errc::unsupported_version, 1, 1, 1},
        {errc::disk_full, 1, 1, 1},
        {errc::io_error, 1, 1, 1},
        {errc::not_found, 1, 1, 1},
        {errc::timed_out, 5, 5, 5},
        {errc::cancelled, 10, 10, 10},
        {errc::limit_exceeded, 1, 1, 1},
        {stream_errc::no_such_stream, 3, 4, 3},
        {stream_errc::stream_exists, 1, 1, 1},
        {stream_errc::locked, 7, 7, 7},
        {stream_errc::reserved, 7, 7, 7},
        {stream_errc::fenced, 7, 7, 7},
        {stream_errc::damaged, 1, 1, 1},
        {stream_errc::out_of_range, 2, 2, 2},
        {stream_errc::diverged, 7, 7, 7},
        {stream_errc::malformed, 1, 1, 1},
        {stream_errc::too_large, 1, 1, 1},
        {stream_errc::out_of_order, 1, 1, 1},
        {stream_errc::no_such_cursor, 3, 3, 3},
        {stream_errc::unfit, 1, 1, 1},
        {s3_errc::access_denied, 7, 7, 7},
        {s3_errc::invalid_credentials, 7, 7, 7},
        {s3_errc::expired_token, 7, 7, 7},
        {s3_errc::request_time_too_skewed, 7, 7, 7},
        {s3_errc::no_such_bucket, 3, 4, 4},
        {s3_errc::no_such_key, 1, 1, 1},
        {s3_errc::no_such_upload, 1, 1, 1},
        {s3_errc::no_such_configuration, 1, 1, 1},
        {s3_errc::precondition_failed, 1, 1, 1},
        {s3_errc::conditional_conflict, 1, 1, 1},
        {s3_errc::invalid_part, 1, 1, 1},
        {s3_errc::invalid_range, 1, 1, 1},
        {s3_errc::bad_digest, 1, 1, 1},
        {s3_errc::slow_down, 5, 5, 5},
        {s3_errc::internal_error, 5, 5, 5},
        {s3_errc::request_timeout, 5, 5, 5},
        {s3_errc::wrong_region, 1, 1, 1},
        {s3_errc::not_implemented, 1, 1, 1},
        {s3_errc::other_client_error, 1, 1, 1},
        {s3_errc::malformed_answer, 5, 5, 5},
        {s3_errc::truncated_body, 5, 5, 5},
        {s3_errc::unexpected_range, 1, 1, 1},
        {s3_errc::changed, 1, 1, 1},
        {s3_errc::checksum_mismatch, 1, 1, 1},
        {s3_errc::connect_failed, 5, 5, 5},
        {s3_errc::connection_lost, 5, 5, 5},
        {s3_errc::tls_failed, 7, 7, 7},
        {s3_errc::timed_out, 5, 5, 5},
        {s3_errc::unsafe_input, 2, 2, 2},
        {s3_errc::no_credentials, 7, 7, 7},
        {s3_errc::not_modified, 1, 1, 1},
        {engine_errc::fenced, 7, 7, 7},
        {engine_errc::claimed_by_other, 7, 7, 7},
        {engine_errc::other_incarnation, 7, 7, 7},
        {engine_errc::diverged, 7, 7, 7},
        {engine_errc::foreign_object, 7, 7, 7},
        {engine_errc::guarantee_not_given, 7, 7, 7},
        {engine_errc::run_by_other, 7, 7, 7},
        {engine_errc::format_differs, 7, 7, 7},
        {engine_errc::no_export_here, 3, 3, 3},
        {engine_errc::ambiguous_prefix, 2, 2, 2},
        {engine_errc::damaged_object, 1, 1, 1},
        {engine_errc::gave_up, 5, 5, 5},
        {engine_errc::paused, 10, 10, 10},
        {engine_errc::gap, 6, 6, 6},
        {engine_errc::state_unusable, 1, 1, 1},
        {engine_errc::usage, 2, 2, 2},
        {engine_errc::start_refused, 7, 7, 7},
        {engine_errc::stopped, 10, 10, 10},
        {engine_errc::cancelled, 10, 10, 10},
        {engine_errc::limit_reached, 8, 8, 8},
        {engine_errc::nothing_to_do, 9, 9, 9},
    };
    return table;
}

int status_of(const error_code& code, side where) {
    failure why;
    why.code = code;
    return exit_status(why, where);
}

} // namespace

BOOST_AUTO_TEST_SUITE(exit_statuses)

BOOST_AUTO_TEST_CASE(every_failure_has_the_status_documented) {
    for (const documented_status& each : statuses()) {
        const std::string name = each.code.category().name() + (": " + each.code.message());
        BOOST_TEST(status_of(each.code, side::source) == each.source, name);
        BOOST_TEST(status_of(each.code, side::destination) == each.destination, name);
        BOOST_TEST(status_of(each.code, side::neither) == each.neither, name);
    }
}

BOOST_AUTO_TEST_CASE(no_code_is_missing_from_the_table) {
    for (const auto* category :
         {&base_category(), &stream_category(), &s3::s3_category(), &engine_category()}) {
        int listed = 0;
        for (const documented_status& each : statuses())
            listed += each.code.category() == *category;
        // Codes count from 1 without holes; beyond them there is no text.
        BOOST_TEST(category->message(listed).find("unknown") == std::string::npos);
        BOOST_TEST(
            category->message(listed + 1).find("unknown") != std::string::npos,
            category->name() << ": " << category->message(listed + 1)
        );
    }
}

BOOST_AUTO_TEST_CASE(codes_of_nobody_are_failures) {
    BOOST_TEST(status_of(error_code(5, boost::system::generic_category()), side::source) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
