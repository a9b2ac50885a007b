// stream: one walk over a body: structure, order, and what the records add up to.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/batch.hpp>

namespace sluice {

/// Where a batch that is cut off the front of a body ends.
enum class batch_cut {
    at_end, ///< with the body
    fits    ///< where a store takes it: at most max_batch_bytes, and a fragment is alone
};

/// Describes the records at the front of `body` up to the cut; `body_crc64` is not set. `next` is
/// where the first record must begin; where no event is open there, a later sequence will do.
///
/// Errors: malformed, with the offset in `body`; too_large when one record does not fit a batch.
result<record_batch> scan_batch(bytes_view body, position next, batch_cut cut);

/// CRC64 of the last record that begins before `next`: a fingerprint. 0 when none does. Errors:
/// malformed.
result<std::uint64_t> last_record_crc64(bytes_view body, const position& next);

} // namespace sluice
