// s3sim: pages of keys, parts and uploads.
#pragma once

#include "core/object.hpp"
#include "core/target.hpp"

#include <string>
#include <vector>

namespace sluice::sim {

struct list_query {
    std::string bucket;
    std::string prefix, delimiter;
    std::string start_after, token; ///< of the second version
    std::string marker;             ///< of the first
    bool first_version = false;
    unsigned max_keys = 1000;
    bool url_encoded = false;
};

struct list_page {
    std::vector<object_map::const_iterator> objects;
    std::vector<std::string> prefixes;
    std::string next_token;  ///< empty: nothing follows
    std::string next_marker; ///< the last name of the page, where something follows
};

/// Reads the parameters of ListObjectsV2, or of ListObjects (without list-type). Refuses counts
/// that are no number, an unknown encoding-type and a token that we did not give (400
/// InvalidArgument).
outcome<list_query> read_list_query(const target& where);
/// One page: keys and common prefixes in byte order, at most `max_keys` of both together.
list_page list_objects(const object_map& all, const list_query& asked);
std::string list_document(const list_query& asked, const list_page& page);

struct uploads_query {
    std::string bucket;
    std::string prefix, key_marker, id_marker;
    unsigned max_uploads = 1000;
    bool url_encoded = false;
};

outcome<uploads_query> read_uploads_query(const target& where);
std::string uploads_document(const upload_map& all, const uploads_query& asked);

struct parts_query {
    std::string bucket;
    unsigned after = 0; ///< part number
    unsigned max_parts = 1000;
};

outcome<parts_query> read_parts_query(const target& where);
std::string parts_document(const upload& from, const parts_query& asked);

} // namespace sluice::sim
