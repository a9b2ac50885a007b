// s3client: the one writer of URLs. What is signed and what is sent come from the same text.
#pragma once

#include "field_list.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

using query_item = field; ///< its value as raw bytes
using query_list = field_list;

/// Path and query encoded once, as SigV4 for S3 wants them and as the wire carries them.
struct written_target {
    std::string path;  ///< '/' kept, nothing normalised: "//" and ".." stay
    std::string query; ///< sorted by encoded name, each with '='; empty when there is none

    std::string wire() const { return query.empty() ? path : path + '?' + query; }
};

/// Writes targets into room that is used again.
class target_writer {
  public:
    /// `raw_path` begins with '/' and holds the key's bytes as they are. Valid until the next one.
    const written_target& write(std::string_view raw_path, const query_list& query);

  private:
    written_target written_;
    std::string name_, value_; ///< of one item, encoded
    query_list encoded_;
    std::vector<query_item> sorted_; ///< of these
};

/// A single one.
written_target write_target(std::string_view raw_path, const query_list& query);

} // namespace sluice::s3
