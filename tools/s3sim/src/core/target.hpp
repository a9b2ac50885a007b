// s3sim: path and query of a request, decoded once and never normalised.
#pragma once

#include "core/refusal.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

struct parameter {
    std::string name;
    std::string value;
    bool operator==(const parameter&) const = default;
};

struct target {
    std::string path; ///< begins with '/'
    std::vector<parameter> query;

    const std::string* find(std::string_view name) const;
    std::string get(std::string_view name) const; ///< "" when absent
};

outcome<target> parse_target(std::string_view raw);

/// Both forms are built anew from the decoded bytes, as AWS documents the canonical request.
std::string canonical_path(const target& where);
std::string canonical_query(const target& where);

} // namespace sluice::sim
