// test: environments made of what they hold.
#pragma once

#include <sluice/s3/credentials.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace sluice::s3 {

using variables = std::map<std::string, std::string>;

inline environment env_of(variables set) {
    return [set = std::move(set)](const std::string& name) -> std::optional<std::string> {
        const auto found = set.find(name);
        if (found == set.end()) return std::nullopt;
        return found->second;
    };
}

} // namespace sluice::s3
