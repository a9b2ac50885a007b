// s3sim: versions of objects, and the documents about them.
#pragma once

#include "core/object.hpp"
#include "core/target.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

enum class versioning { never = 0, enabled, suspended };

struct object_version {
    std::string id; ///< "null" for what was written while versions were not kept
    object_ptr one; ///< null: a delete marker
    sys_seconds when;
};
using version_list = std::vector<object_version>; ///< oldest first
using version_map = std::map<std::string, version_list>;

/// Enabled or Suspended; 400 MalformedXML for anything else.
outcome<versioning> read_versioning_document(std::string_view xml);
std::string versioning_document(versioning state);

struct versions_query {
    std::string bucket;
    std::string prefix, delimiter, key_marker, id_marker;
    unsigned max_keys = 1000;
    bool url_encoded = false;
};
outcome<versions_query> read_versions_query(const target& where);
/// One page of ListObjectVersions: by key, of each the newest first.
std::string versions_document(const version_map& all, const versions_query& asked);

} // namespace sluice::sim
