// s3client: who signs. Values are secrets: they never enter a failure, a log line or a dump.
#pragma once

#include <sluice/base/result.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

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
};

/// `profile` empty: AWS_PROFILE, else "default". Reads files.
/// Errors: errc::invalid_argument for a malformed file (naming file and line), errc::io_error.
result<settings> load_settings(const environment& env, const std::string& profile);

} // namespace sluice::s3
