// s3sim: the documents of DeleteObjects.
#pragma once

#include "core/refusal.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

struct removal_list {
    std::vector<std::string> keys;
    std::vector<std::string> versions; ///< of each key; empty: the current one
    bool quiet = false;
};

/// Reads <Delete>; 400 MalformedXML for anything else, for none and for more than 1,000 objects,
/// 501 for versions.
outcome<removal_list> read_removals(std::string_view xml);

struct removal_failure {
    std::string key;
    refusal why;
};
std::string removals_document(
    const std::vector<std::string>& removed, const std::vector<removal_failure>& failed
);

} // namespace sluice::sim
