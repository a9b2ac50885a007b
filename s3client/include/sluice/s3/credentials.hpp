// s3client: who signs. Values are secrets: they never enter a failure, a log line or a dump.
#pragma once

#include <sluice/base/result.hpp>

#include <functional>
#include <optional>
#include <string>

namespace sluice::s3 {

struct credentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token; ///< empty: none
    bool anonymous = false;    ///< requests go unsigned
};

/// Reads an environment variable; given so that nothing below reads the environment by itself.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What the AWS SDKs read in their order: explicit profile, environment, shared credentials and
/// config files.
struct settings {
    credentials who;
    std::string region;       ///< empty: nobody said
    std::string endpoint_url; ///< empty: nobody said
    std::string ca_bundle;    ///< empty: nobody said
};

/// `profile` empty: AWS_PROFILE, else "default". An explicit profile wins over keys in the
/// environment. Errors: s3_errc::no_credentials naming what was looked at and what to set;
/// errc::invalid_argument for a malformed file (naming file and line).
result<settings> load_settings(const environment& env, const std::string& profile);

} // namespace sluice::s3
