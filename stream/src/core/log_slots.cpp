// stream: small state files of two slots in place.
#include "log_slots.hpp"

#include "log_bytes.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>

namespace sluice::log {

namespace {

constexpr std::uint32_t slot_magic = 0x31544c53; // "SLT1"
constexpr std::size_t at_payload = 16;

std::optional<slot_value> decode_slot(bytes_view slot, std::size_t payload) {
    if (slot.size() < slot_size(payload) || get<std::uint32_t>(slot, 0) != slot_magic)
        return std::nullopt;
    if (get<std::uint32_t>(slot, 4) != payload) return std::nullopt;
    const std::size_t at_crc = slot_size(payload) - 4;
    if (get<std::uint32_t>(slot, at_crc) != crc32c(slot.first(at_crc))) return std::nullopt;
    slot_value value;
    value.counter = get<std::uint64_t>(slot, 8);
    const bytes_view held = slot.subspan(at_payload, payload);
    value.payload.assign(held.begin(), held.end());
    return value;
}

} // namespace

std::size_t slot_size(std::size_t payload) {
    return padded(at_payload + payload + 4);
}

std::size_t slot_distance(std::size_t payload) {
    constexpr std::size_t block = 4096;
    return (slot_size(payload) + block - 1) / block * block;
}

byte_vector encode_slot(const slot_value& value) {
    byte_vector slot(slot_size(value.payload.size()));
    put(slot, 0, slot_magic);
    put(slot, 4, static_cast<std::uint32_t>(value.payload.size()));
    put(slot, 8, value.counter);
    std::copy(value.payload.begin(), value.payload.end(), slot.begin() + at_payload);
    const std::size_t at_crc = slot.size() - 4;
    put(slot, at_crc, crc32c(bytes_view(slot).first(at_crc)));
    return slot;
}

std::optional<slot_value> newest_slot(bytes_view file, std::size_t payload) {
    const std::size_t size = slot_size(payload);
    std::optional<slot_value> newest;
    const std::size_t distance = slot_distance(payload);
    for (std::size_t n = 0; n < 2 && file.size() >= n * distance + size; ++n) {
        auto value = decode_slot(file.subspan(n * distance, size), payload);
        if (value && value->counter % 2 == n && (!newest || value->counter > newest->counter))
            newest = std::move(value);
    }
    return newest;
}

bool is_other_slot_broken(bytes_view file, std::size_t payload, const slot_value& newest) {
    const std::size_t size = slot_size(payload);
    const std::size_t at = (newest.counter + 1) % 2 * slot_distance(payload);
    const bytes_view rest = file.subspan(std::min(at, file.size()));
    const bytes_view other = rest.first(std::min(size, rest.size()));
    const auto value = decode_slot(other, payload);
    if (value && value->counter % 2 != newest.counter % 2) return false;
    const bool blank =
        std::ranges::all_of(other, [](std::byte each) { return each == std::byte{0}; });
    // The first value goes to the slot of 1; until a second one comes the other stays blank.
    return !blank || newest.counter > 1;
}

byte_vector encode(const watermark& mark) {
    byte_vector payload(watermark_payload);
    put(payload, 0, mark.durable_address);
    put(payload, 8, mark.next_sequence);
    return payload;
}

watermark decode_watermark(bytes_view payload) {
    watermark mark;
    mark.durable_address = get<std::uint64_t>(payload, 0);
    mark.next_sequence = get<std::int64_t>(payload, 8);
    return mark;
}

} // namespace sluice::log
