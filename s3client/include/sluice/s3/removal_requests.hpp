// s3client: removing objects, one or many.
#pragma once

#include <sluice/s3/object_traits.hpp>

#include <string>
#include <vector>

namespace sluice::s3 {

struct remove_request {
    std::string bucket, key;
    std::string
        version_id; ///< empty: the object, which leaves a delete marker where versions are kept
    std::string if_match;
    bool bypass_governance = false;
    request_terms terms;
};
struct removal_receipt {
    bool delete_marker = false; ///< one was made, or was what has been removed
    std::string version_id;
};

struct doomed_object {
    std::string key;
    std::string version_id;
};
struct remove_many_request {
    std::string bucket;
    std::vector<doomed_object> objects; ///< 1 … 1000
    bool bypass_governance = false;
    request_terms terms;
};
/// What the store would not remove, and why in its own words.
struct refused_removal {
    std::string key, version_id;
    std::string code, message;
};

} // namespace sluice::s3
