// s3client: what is said of a file of trusted certificates that cannot be used.
#pragma once

#include <sluice/base/error.hpp>
#include <sluice/base/result.hpp>

#include <string>

namespace sluice::s3 {

/// `how`: errc::not_found, it cannot be read; errc::invalid_argument, it holds no certificate.
failure unusable_bundle(const std::string& path, errc how);

} // namespace sluice::s3
