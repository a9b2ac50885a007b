// engine: what may be done about a key of ours that no commit names. Pure.
#pragma once

#include "claim_rules.hpp"

#include <sluice/engine/object_key.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// A commit names only keys of its own epoch, and an epoch ends with the next claim, or with its
/// release: then nothing can name its keys any more.
enum class stray_fate {
    remove = 1,  ///< of an epoch that has ended
    claim_first, ///< of the epoch in force: its holder may still need it
    leave,       ///< of an epoch that is not known: the view may be stale
};

/// `at` sums up all commits of the partition that `name` is of.
stray_fate fate_of(const object_name& name, const tail& at);

/// Who removes an object that no commit names, for people. `name` is none where the object has none
/// of ours.
std::string removal_of(const std::optional<object_name>& name, const tail& at);

/// While a run holds the claim numbered `claim`: whether an upload that began at `since` is one
/// that nobody will continue. Those of ended epochs are; of its own those that are not `kept`, a
/// day old, so that none is meant whose creation is still on its way. Micros since 1970.
bool is_left_over(
    const object_name& name,
    std::uint64_t claim,
    bool kept,
    std::optional<std::int64_t> since,
    std::int64_t now
);

} // namespace sluice
