// stream: records in the form in which the log stores them, and back.
#pragma once

#include "log_batch.hpp"

#include <sluice/base/buffer.hpp>

#include <memory>
#include <optional>

namespace sluice::log {

/// Keeps what zstd needs from one batch to the next; memory for it is taken when it is first used.
/// Use from one thread at a time.
class body_codec {
  public:
    body_codec();
    ~body_codec();
    body_codec(body_codec&&) noexcept;
    body_codec& operator=(body_codec&&) noexcept;

    /// Records as one zstd frame.
    byte_vector compress(bytes_view records);

    /// A stored body's records into `into`, which has `header.record_bytes`. False when the body is
    /// not what the header says: both checksums are compared, and never more than `into` is
    /// written, whatever the frame claims.
    bool restore(const batch_header& header, bytes_view stored, bytes_span into);

    /// The same; where the batch is not compressed the records stay where they are, else they are
    /// made in `room`.
    std::optional<bytes_view>
    records_of(const batch_header& header, bytes_view stored, buffer& room);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace sluice::log
