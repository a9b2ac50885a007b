// s3client: where credentials come from, again and again.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/credentials.hpp>

#include <memory>
#include <string>

namespace sluice::s3 {

/// Asked by the client: before the first request, ahead of the end that the last answer told, and
/// when a store refuses them as expired. Never twice at the same time by one client.
class credentials_provider {
  public:
    virtual ~credentials_provider() = default;
    /// Fetches anew. The failure says which sources were tried, and why each of them has none; it
    /// holds no secret. Cancellation: terminal (throws); may be called again.
    virtual task<result<credentials>> fetch(deadline by) = 0;
    /// Where this machine stands, if the source of the credentials knows; empty otherwise. Asked
    /// after a `fetch` that went well. Cancellation: terminal (throws).
    virtual task<std::string> region(deadline by);
};

struct chain_options {
    std::string profile;   ///< empty: AWS_PROFILE, else "default". One that is named here wins over
                           ///< keys in the environment
    std::string region;    ///< of STS; empty: as the settings say
    std::string ca_bundle; ///< for STS; empty: as the settings say
    bool verify_certificate = true;
};

/// The chain of the AWS SDKs. The first source that is set up is the one:
///
/// 1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
/// 2. the profile: role_arn (by source_profile, credential_source or web_identity_token_file),
///    keys, credential_process
/// 3. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN
/// 4. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI
/// 5. the instance's metadata (IMDSv2), unless AWS_EC2_METADATA_DISABLED
///
/// Environment and files are read again by each fetch. `on`: as of the client.
/// Errors, at once: s3_errc::no_credentials when no source can have any (no such profile, a profile
/// that lacks something, MFA, SSO), s3_errc::unsafe_input, and those of load_settings.
result<std::shared_ptr<credentials_provider>>
create_credential_chain(any_io_executor on, environment env, chain_options options);

} // namespace sluice::s3
