// s3client: the names of its failures.
#include <sluice/s3/error.hpp>

#include <string>

namespace sluice::s3 {

namespace {

class category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "sluice.s3"; }
    std::string message(int value) const override {
        switch (static_cast<s3_errc>(value)) {
        case s3_errc::access_denied:
            return "access denied";
        case s3_errc::invalid_credentials:
            return "invalid credentials";
        case s3_errc::expired_token:
            return "expired token";
        case s3_errc::request_time_too_skewed:
            return "request time too skewed";
        case s3_errc::no_such_bucket:
            return "no such bucket";
        case s3_errc::no_such_key:
            return "no such key";
        case s3_errc::no_such_upload:
            return "no such upload";
        case s3_errc::no_such_configuration:
            return "no such configuration";
        case s3_errc::precondition_failed:
            return "precondition failed";
        case s3_errc::conditional_conflict:
            return "conditional conflict";
        case s3_errc::invalid_part:
            return "invalid part";
        case s3_errc::invalid_range:
            return "invalid range";
        case s3_errc::bad_digest:
            return "bad digest";
        case s3_errc::slow_down:
            return "slow down";
        case s3_errc::internal_error:
            return "internal error";
        case s3_errc::request_timeout:
            return "request timeout";
        case s3_errc::wrong_region:
            return "wrong region";
        case s3_errc::not_implemented:
            return "not implemented";
        case s3_errc::other_client_error:
            return "other client error";
        case s3_errc::malformed_answer:
            return "malformed answer";
        case s3_errc::truncated_body:
            return "truncated body";
        case s3_errc::unexpected_range:
            return "unexpected range";
        case s3_errc::changed:
            return "changed";
        case s3_errc::checksum_mismatch:
            return "checksum mismatch";
        case s3_errc::connect_failed:
            return "connect failed";
        case s3_errc::connection_lost:
            return "connection lost";
        case s3_errc::tls_failed:
            return "tls failed";
        case s3_errc::timed_out:
            return "timed out";
        case s3_errc::unsafe_input:
            return "unsafe input";
        case s3_errc::no_credentials:
            return "no credentials";
        case s3_errc::not_modified:
            return "not modified";
        }
        return "unknown error " + std::to_string(value);
    }
};

} // namespace

const boost::system::error_category& s3_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(s3_errc e) noexcept {
    return {static_cast<int>(e), s3_category()};
}

} // namespace sluice::s3
