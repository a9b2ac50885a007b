// s3client: the shared files and tokens, read from the disk.
#pragma once

#include "../core/settings.hpp"

#include <sluice/base/result.hpp>

#include <string>

namespace sluice::s3 {

/// Errors: errc::io_error naming the file.
result<shared_files> read_shared_files(const environment& env);

/// A token of at most 64 KiB, without the end of its line. Errors: s3_errc::no_credentials naming
/// the file: it cannot be read, is missing, empty, or holds control bytes.
result<std::string> read_token_file(const std::string& path);

} // namespace sluice::s3
