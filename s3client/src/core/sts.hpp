// s3client: what is asked of STS, and what its refusals mean.
#pragma once

#include "credential_source.hpp"
#include "http_head.hpp"

#include <sluice/base/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// Where STS of a region is; empty: the one for all.
http_url sts_url(const std::string& region);

/// The form that is posted. `now` names the session when nobody did.
/// Errors: unsafe_input naming the part that cannot be sent.
result<std::string> assume_role_form(const role_request& what, std::chrono::sys_seconds now);
/// The same for whoever holds a token, which is a secret.
result<std::string>
web_identity_form(const role_request& what, const std::string& token, std::chrono::sys_seconds now);

/// A refusal. Throttling and failures of the service are to be tried again, all others are
/// s3_errc::no_credentials: a role that may not be taken on is no matter of S3.
failure read_sts_failure(unsigned status, std::string_view text);
/// Whether it refuses because of the clock.
bool is_about_the_clock(const failure& why);

} // namespace sluice::s3
