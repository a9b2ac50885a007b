// stream: one record of the Avro envelope taken off untrusted bytes, and the rules it must keep.
#pragma once

#include "avro_wire.hpp"

#include <sluice/stream/event.hpp>
#include <sluice/stream/position.hpp>

namespace sluice {

/// What a header adds to max_key_and_headers_bytes beside its name and value, so that the number
/// of headers is bounded too.
inline constexpr std::size_t header_overhead_bytes = 2;

enum class header_list { kept, dropped };

/// Takes one record; false when it is none, and `from.wrong()` says why. The header list is filled
/// only when kept.
bool take_record(avro_wire::source& from, record& out, header_list headers);

inline position position_of(std::uint32_t partition, const record& each) {
    return position{partition, each.sequence, each.part ? each.part->offset : 0};
}

} // namespace sluice
