// engine: the exit status that every failure has.
#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/error.hpp>

namespace sluice {

namespace {

enum status {
    failed = 1,
    usage = 2,
    no_source = 3,
    no_destination = 4,
    gave_up = 5,
    differs = 6,
    refused = 7,
    limited = 8,
    nothing = 9,
    stopped = 10,
};

int of_base(errc code) {
    switch (code) {
    case errc::invalid_argument:
        return usage;
    case errc::timed_out:
        return gave_up;
    case errc::cancelled:
        return stopped;
    default:
        return failed;
    }
}

int of_stream(stream_errc code, side where) {
    switch (code) {
    case stream_errc::no_such_stream:
        return where == side::destination ? no_destination : no_source;
    case stream_errc::no_such_cursor:
        return no_source;
    case stream_errc::locked:
    case stream_errc::reserved:
    case stream_errc::fenced:
    case stream_errc::diverged:
        return refused;
    case stream_errc::out_of_range:
        return usage;
    default:
        return failed;
    }
}

int of_s3(s3::s3_errc code, side where) {
    using s3::s3_errc;
    switch (code) {
    case s3_errc::access_denied:
    case s3_errc::invalid_credentials:
    case s3_errc::expired_token:
    case s3_errc::request_time_too_skewed:
    case s3_errc::tls_failed:
    case s3_errc::no_credentials:
        return refused;
    case s3_errc::no_such_bucket:
        return where == side::source ? no_source : no_destination;
    case s3_errc::connect_failed:
    case s3_errc::connection_lost:
    case s3_errc::timed_out:
    case s3_errc::slow_down:
    case s3_errc::internal_error:
    case s3_errc::request_timeout:
    case s3_errc::malformed_answer:
    case s3_errc::truncated_body:
        return gave_up;
    case s3_errc::unsafe_input:
        return usage;
    default:
        return failed;
    }
}

int of_engine(engine_errc code) {
    switch (code) {
    case engine_errc::fenced:
    case engine_errc::claimed_by_other:
    case engine_errc::other_incarnation:
    case engine_errc::diverged:
    case engine_errc::foreign_object:
    case engine_errc::guarantee_not_given:
    case engine_errc::run_by_other:
    case engine_errc::format_differs:
    case engine_errc::start_refused:
        return refused;
    case engine_errc::no_export_here:
        return no_source;
    case engine_errc::ambiguous_prefix:
    case engine_errc::usage:
        return usage;
    case engine_errc::gave_up:
        return gave_up;
    case engine_errc::paused:
    case engine_errc::stopped:
    case engine_errc::cancelled:
        return stopped;
    case engine_errc::limit_reached:
        return limited;
    case engine_errc::nothing_to_do:
        return nothing;
    case engine_errc::gap:
        return differs;
    case engine_errc::damaged_object:
    case engine_errc::state_unusable:
        return failed;
    }
    return failed;
}

} // namespace

int exit_status(const failure& why, side where) {
    const error_code& code = why.code;
    if (code.category() == base_category()) return of_base(static_cast<errc>(code.value()));
    if (code.category() == stream_category())
        return of_stream(static_cast<stream_errc>(code.value()), where);
    if (code.category() == s3::s3_category())
        return of_s3(static_cast<s3::s3_errc>(code.value()), where);
    if (code.category() == engine_category())
        return of_engine(static_cast<engine_errc>(code.value()));
    return failed;
}

} // namespace sluice
