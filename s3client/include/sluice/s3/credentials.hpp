// s3client: who signs. Values are secrets: they never enter a failure, a log line or a dump.
#pragma once

#include <sluice/base/result.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice::s3 {

struct credentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token; ///< empty: none
    bool anonymous = false;    ///< requests go unsigned
    /// By this machine's clock; nullopt: nobody told an end.
    std::optional<std::chrono::system_clock::time_point> expires{};
};

/// Reads an environment variable; given so that nothing below reads the environment by itself.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What the AWS SDKs read, the explicit choices aside: environment, then the shared config and
/// credentials files. Who signs is another question: see credentials_provider.hpp.
struct settings {
    std::string region;           ///< empty: nobody said
    std::string endpoint_url;     ///< of S3; empty: nobody said
    std::string sts_endpoint_url; ///< empty: nobody said
    std::string ca_bundle;        ///< empty: nobody said
    /// Tries of a request, the first included (AWS_MAX_ATTEMPTS, max_attempts); 1 to 1,000.
    std::optional<unsigned> max_attempts;
    /// Whether checksums are sent though S3 does not demand them
    /// (AWS_REQUEST_CHECKSUM_CALCULATION, request_checksum_calculation).
    std::optional<bool> send_checksums;
    /// Whether GET asks for checksums to compare (AWS_RESPONSE_CHECKSUM_VALIDATION,
    /// response_checksum_validation).
    std::optional<bool> validate_checksums;
    /// Each one line for people: files with secrets that others can read or have written.
    std::vector<std::string> warnings;
};

/// `profile` empty: AWS_PROFILE, else "default". Reads files.
/// Errors: errc::invalid_argument for a malformed file (naming file and line) or a value that
/// cannot be used, errc::io_error.
result<settings> load_settings(const environment& env, const std::string& profile);

} // namespace sluice::s3
