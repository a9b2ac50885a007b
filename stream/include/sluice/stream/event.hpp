// stream: what an event is. A record is one event, or one fragment of an event too large for one.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice {

struct header {
    std::string_view name;
    std::optional<bytes_view> value; ///< null is not empty
};

/// Closes a fragmented event: what its whole value must be.
struct fragment_end {
    std::int64_t length = 0;
    std::uint64_t crc64nvme = 0;
};

/// This record holds the value's bytes from `offset`; `last` stands in the event's last fragment
/// only.
struct fragment {
    std::int64_t offset = 0;
    std::optional<fragment_end> last;
};

/// One record of the Avro envelope. Everything points into memory that the giver owns.
/// Of a fragmented event, timestamp, key and headers stand in its first record only.
struct record {
    std::int64_t sequence = 0;
    std::optional<std::int64_t> timestamp; ///< µs since 1970 UTC
    std::optional<bytes_view> key;
    std::vector<header> headers; ///< order and duplicates kept
    std::optional<bytes_view> value;
    std::optional<fragment> part;
};

/// Largest value of one fragment, and of one record that we write.
inline constexpr std::size_t max_fragment_bytes = 1 << 20;
/// Key plus headers of an event (never fragmented).
inline constexpr std::size_t max_key_and_headers_bytes = 1 << 20;
/// Uncompressed body of one batch.
inline constexpr std::size_t max_batch_bytes = 4 << 20;
/// A block ends with the record or batch that brings it to this many uncompressed body bytes.
inline constexpr std::size_t block_grid_bytes = 256 << 10;

} // namespace sluice
