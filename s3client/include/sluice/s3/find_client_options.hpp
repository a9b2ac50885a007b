// s3client: a client as the AWS SDKs would set it up.
#pragma once

#include <sluice/s3/client.hpp>

#include <string>

namespace sluice::s3 {

/// Where to, by whom and how, as environment and shared files say: load_settings, find_proxy,
/// create_credential_chain. Nobody named an endpoint: S3's own of the region; nobody a region:
/// us-east-1, or what the credentials' source knows. `log` is told the warnings of the settings,
/// and is the client's; not owned; null: silent. Errors: those of the three, and of parse_endpoint.
result<client_options> find_client_options(
    any_io_executor on,
    const environment& env,
    const std::string& profile = std::string(),
    logger* log = nullptr
);

} // namespace sluice::s3
