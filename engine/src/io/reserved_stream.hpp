// engine: the stream that an import fills.
#pragma once

#include <sluice/stream/log_store.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

/// What the stream was when the import came to it.
enum class stream_before {
    taken = 1, ///< the import's already
    missing,   ///< it was created
    free,      ///< empty and nobody's: it was reserved
};

struct reserved_stream {
    std::unique_ptr<writer> to;
    stream_before was = stream_before::taken;
};

/// The stream is the transfer's by reservation: created so, with `partitions`, when it does not
/// exist, or reserved while it has no event; it may have another number of partitions then. Errors:
/// engine_errc::other_incarnation for one with events that is not reserved; those of
/// log_store::open_writer, create, reserve.
task<result<reserved_stream>> open_reserved_stream(
    log_store& streams, std::string stream, std::string transfer, std::uint32_t partitions
);

/// After an import that failed, when its writer is gone: a stream that has no event still becomes
/// what it was. Where that cannot be, it stays the import's.
task<void> undo_reservation(log_store& streams, std::string stream, stream_before was);

} // namespace sluice
