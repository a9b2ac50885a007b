// s3client: environment and files, in the order of the AWS SDKs.
#pragma once

#include <sluice/s3/credentials.hpp>

#include <string>
#include <vector>

namespace sluice::s3 {

/// Where the shared files lie; empty when neither the environment nor HOME tells.
std::string credentials_path(const environment& env);
std::string config_path(const environment& env);

/// The texts of the shared files; empty when a file does not exist.
struct shared_files {
    std::string credentials_path, credentials;
    std::string config_path, config;
    std::vector<std::string> warnings; ///< about the files themselves; see settings
};

/// See load_settings.
result<settings>
resolve_settings(const environment& env, const std::string& profile, const shared_files& files);

} // namespace sluice::s3
