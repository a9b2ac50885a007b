// s3sim: parameters that every listing has.
#pragma once

#include "core/target.hpp"

namespace sluice::sim {

/// A count such as max-keys: `ceiling` when absent or larger; refuses what is no number.
outcome<unsigned> read_limit(const target& where, std::string_view name, unsigned ceiling);
/// Whether encoding-type=url is asked for; refuses any other value.
outcome<bool> read_encoding(const target& where);

} // namespace sluice::sim
