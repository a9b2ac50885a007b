// stream: where streams live, as the engine sees it. The embedded log is one such store; a host may
// bring its own.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/reader.hpp>
#include <sluice/stream/writer.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

/// What a stream was when an import came to it.
enum class stream_before {
    taken = 1, ///< the import's already
    missing,   ///< it was created
    free,      ///< empty and nobody's: it was reserved
};

struct reserved_stream {
    std::unique_ptr<writer> to;
    stream_before was = stream_before::taken;
};

/// Use from one strand; what it opens may outlive it, and is used from the same strand.
/// Cancellation: terminal, at every await; the store stays usable.
class stream_store {
  public:
    virtual ~stream_store() = default;

    /// For exports. Errors: stream_errc::no_such_stream; what the store meets.
    virtual task<result<std::unique_ptr<reader>>> open_reader(std::string name) = 0;

    /// For imports: exclusive, and this transfer's from now on, through restarts. A stream that
    /// does not exist is created with `partitions`; an empty one that is nobody's is taken, and may
    /// have another number of partitions. Errors: stream_errc::reserved for another transfer's,
    /// and for one with events that is nobody's; stream_errc::locked. A store that is only
    /// exported from need not have it: errc::invalid_argument.
    virtual task<result<reserved_stream>>
    open_reserved(std::string name, std::string transfer, std::uint32_t partitions);

    /// After an import that failed, when its writer is gone: a stream that has no event still
    /// becomes what it was. Where that cannot be, it stays the import's.
    virtual task<void> undo_reservation(std::string name, stream_before was);
};

} // namespace sluice
