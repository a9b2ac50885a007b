// s3client: the one writer of URLs. What is signed and what is sent come from the same text.
#pragma once

#include <string>
#include <vector>

namespace sluice::s3 {

struct query_item {
    std::string name;
    std::string value; ///< raw bytes
};
using query_list = std::vector<query_item>;

/// Path and query encoded once, as SigV4 for S3 wants them and as the wire carries them.
struct written_target {
    std::string path;  ///< '/' kept, nothing normalised: "//" and ".." stay
    std::string query; ///< sorted by encoded name, each with '='; empty when there is none

    std::string wire() const { return query.empty() ? path : path + '?' + query; }
};

/// `raw_path` begins with '/' and holds the key's bytes as they are.
written_target write_target(const std::string& raw_path, const query_list& query);

} // namespace sluice::s3
