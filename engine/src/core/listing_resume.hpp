// engine: whether a stream is one that this import by listing has filled, and goes on with. Pure.
#pragma once

#include "listing_order.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// A stream as an import finds it.
struct found_stream {
    std::string name;
    std::uint32_t partitions = 1;
    std::uint32_t needed = 1; ///< partitions that this import fills
    bool has_events = false;
    std::string_view progress; ///< of its last append; empty: none
};

/// Where the import stands: `begin`, which has come to no object, or what the stream remembers.
/// Errors: usage, for another number of partitions, another order or another shard;
/// other_incarnation, for another source or events that no import brought; those of
/// decode_listing_progress.
result<listing_progress> resume_listing(const found_stream& stream, const listing_progress& begin);

} // namespace sluice
