// engine: by which name the journal knows a transfer. Pure.
#pragma once

#include <string>
#include <vector>

namespace sluice {

/// The name of a transfer that nobody named: the same command finds it again. `identity`: what it
/// moves, from where to where, in the environment of its first run.
std::string derived_name(const std::string& kind, const std::vector<std::string>& identity);

/// Of the journal's row: what the journal said, what a person said, or else what is derived.
template <class Spec>
std::string row_name(const Spec& spec, const std::string& derived) {
    if (!spec.known_as.empty()) return spec.known_as;
    return spec.name.empty() ? derived : spec.name;
}

} // namespace sluice
