// s3sim: bodies as files.
#pragma once

#include "core/blob.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace sluice::sim {

/// A file that exists already.
blob_ptr
make_file_blob(const std::filesystem::path& folder, const std::string& name, std::uint64_t size);
/// Writes a new file; it is removed again unless `finish` was called. nullptr when it cannot be
/// made.
std::unique_ptr<blob_writer>
make_file_writer(const std::filesystem::path& folder, const std::string& name);

/// Writes `text` beside and renames: after a crash the old file is there or the new one.
bool replace_file(
    const std::filesystem::path& scratch, const std::filesystem::path& to, std::string_view text
);

} // namespace sluice::sim
