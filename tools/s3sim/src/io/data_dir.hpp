// s3sim: a store that survives its process.
#pragma once

#include "io/medium.hpp"
#include "io/store.hpp"

#include <sluice/base/result.hpp>

#include <memory>
#include <string>

namespace sluice::sim {

struct opened_data_dir {
    std::unique_ptr<medium> keep;
    bucket_map found;
};

/// Takes the directory (made when it does not exist) for this process and reads what an earlier
/// one left. Bodies that no record names, and what was being written, are removed.
///
/// Layout: `format`, `lock`, `scratch`, `blobs/NAME` (bodies), and below `buckets/BUCKET`:
/// `bucket`, `objects/SHA256-OF-KEY`, `uploads/ID/upload`, `uploads/ID/NUMBER`.
/// Errors name the file: taken by another process, another format, a record that cannot be read.
result<opened_data_dir> open_data_dir(const std::string& folder);

} // namespace sluice::sim
