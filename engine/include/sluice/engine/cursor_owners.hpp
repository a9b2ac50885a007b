// engine: whose cursors of a stream are, as a state file tells.
#pragma once

#include <sluice/base/result.hpp>

#include <string>
#include <vector>

namespace sluice {

/// A destination of an export, and the cursor that keeps its place in the stream. Transfers that
/// export the same stream to the same folder share one.
struct cursor_owner {
    std::string cursor;
    std::string transfer;
    std::string target;   ///< s3://bucket/prefix
    std::string endpoint; ///< host:port
};

/// Of every destination that was ever opened, ordered by transfer. Blocks; only looks: no file is
/// made or brought up to date. Nothing where the file does not exist, or was last written by a
/// version that kept no cursors. Errors: engine_errc::state_unusable for another program's file,
/// and for one of a later version; errc::io_error.
result<std::vector<cursor_owner>> cursor_owners(const std::string& state_file);

} // namespace sluice
