// simulation: what must hold when the last export has ended.
#pragma once

#include "process.hpp"

namespace sluice::simulation {

/// Each destination: all that was written is committed.
void check_reached(world& in, const export_spec& wanted);
/// Each destination: all that was written is committed, nothing else lies there.
void check_buckets(world& in, const export_spec& wanted);
/// Formats that keep values only: the bytes of all objects, without codec, are those of the values.
void check_values(world& in, const export_spec& wanted);
/// The imported stream holds the very records that were written; of formats that keep values only,
/// what such objects hold of them.
task<void> check_copy(world& in, const export_spec& wanted, std::uint32_t partitions);

} // namespace sluice::simulation
