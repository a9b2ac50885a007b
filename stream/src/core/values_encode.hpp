// stream: records as values alone, with their lengths or without.
#pragma once

#include <sluice/stream/format.hpp>

namespace sluice {

/// A block of `delimited`, `lines` or `raw`, uncompressed; `open_length` as in open_block. `into`
/// gives its memory. Errors: as end_block.
result<buffer> encode_values(
    object_format format,
    const format_context& context,
    const block_outline& outline,
    bytes_view records,
    std::uint64_t open_length,
    buffer into
);

} // namespace sluice
