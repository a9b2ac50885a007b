// s3client: credentials as programs, agents and metadata services write them down.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/credentials.hpp>

#include <string_view>

namespace sluice::s3 {

/// What a credential_process prints: {"Version": 1, "AccessKeyId", "SecretAccessKey",
/// "SessionToken", "Expiration"}. Errors of all: s3_errc::no_credentials, never with the text
/// itself; unsafe_input for control bytes.
result<credentials> read_process_output(std::string_view text);

/// What a container's agent, or an instance's metadata, answers: {"AccessKeyId", "SecretAccessKey",
/// "Token", "Expiration"}, of an instance also "Code". Another code than Success is a failure with
/// it as peer text.
result<credentials> read_metadata_credentials(std::string_view text);

/// The document of STS: <AssumeRoleResponse><AssumeRoleResult><Credentials>…, and that of web
/// identities.
result<credentials> read_assumed_role(std::string_view text);

} // namespace sluice::s3
