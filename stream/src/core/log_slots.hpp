// stream: small state files of two slots in place: one of them is whole at any moment.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstdint>
#include <optional>

namespace sluice::log {

/// Bytes of one slot that holds payloads of this size.
std::size_t slot_size(std::size_t payload);
/// From the beginning of one slot to that of the other: whole blocks of 4 KiB, so that a write that
/// is cut by a power failure never touches the disk's block in which the other one lies.
std::size_t slot_distance(std::size_t payload);
/// Bytes of a file with both slots.
inline std::size_t slot_file_size(std::size_t payload) {
    return slot_distance(payload) + slot_size(payload);
}

struct slot_value {
    std::uint64_t counter = 0;
    byte_vector payload;
};

/// The slot that the value's counter belongs to is `counter % 2`.
byte_vector encode_slot(const slot_value& value);
/// The newest whole slot of a file; nullopt when neither checks.
std::optional<slot_value> newest_slot(bytes_view file, std::size_t payload);
/// Whether the other slot was written, and does not check: `newest` may be the older of the two.
bool is_other_slot_broken(bytes_view file, std::size_t payload, const slot_value& newest);

/// The watermark's payload: what is durable, and where readers end.
struct watermark {
    std::uint64_t durable_address = 0;
    std::int64_t next_sequence = 0; ///< behind the last durable, finished event
};
inline constexpr std::size_t watermark_payload = 16;
byte_vector encode(const watermark& mark);
watermark decode_watermark(bytes_view payload);

} // namespace sluice::log
