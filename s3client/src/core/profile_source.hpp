// s3client: what a profile of the shared files says about credentials.
#pragma once

#include "config_files.hpp"
#include "credential_source.hpp"

#include <optional>
#include <string>

namespace sluice::s3 {

struct profile_files {
    std::string name;     ///< of the profile that was asked for
    bool by_name = false; ///< somebody named it
    ini_file credentials, config;
};

/// Errors: errc::invalid_argument for a malformed file; no_credentials for a profile that was named
/// and does not exist.
result<profile_files>
read_profiles(const environment& env, const std::string& profile, const shared_files& files);

/// nullopt: the profile names no source. Errors: no_credentials when it names one that cannot be
/// used, and how it can.
result<std::optional<credential_source>>
source_of_profile(const profile_files& profiles, const environment& env);

/// Why there is none, naming the files.
std::string no_keys_in_profile(const profile_files& profiles, const shared_files& files);

/// Both halves are there.
bool is_usable(const credentials& who);
/// Keys that cannot stand in a request's head are refused by name. Errors: unsafe_input.
result<credential_choice> checked_keys(credential_choice&& choice);

/// Empty: not set, or set to nothing.
std::string value_in(const environment& env, const char* name);
credentials keys_of_environment(const environment& env);
result<std::optional<credential_source>> container_of_environment(const environment& env);
result<std::optional<credential_source>> instance_of(const environment& env);

} // namespace sluice::s3
