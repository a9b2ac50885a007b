// engine: one piece of an object, brought into memory and checked.
#pragma once

#include "../core/fetch_plan.hpp"
#include "../core/patience.hpp"
#include "device_memory.hpp"
#include "transfer_run.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/base/crc64_track.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/stream/block_arrival.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// A part of a sum, which it leaves when it ends.
class counted_share {
  public:
    counted_share() = default;
    counted_share(std::shared_ptr<std::uint64_t> sum, std::uint64_t bytes)
        : sum_(std::move(sum)), bytes_(bytes) {
        *sum_ += bytes_;
    }
    counted_share(counted_share&& other) noexcept
        : sum_(std::move(other.sum_)), bytes_(other.bytes_) {}
    counted_share& operator=(counted_share&& other) noexcept {
        leave();
        sum_ = std::move(other.sum_);
        bytes_ = other.bytes_;
        return *this;
    }
    ~counted_share() { leave(); }
    void leave() {
        if (const auto sum = std::move(sum_)) *sum -= bytes_;
    }

  private:
    std::shared_ptr<std::uint64_t> sum_;
    std::uint64_t bytes_ = 0;
};

/// A piece's bytes, and their checksum or that of any range of them; or its blocks. Worth using
/// again.
struct fetched_bytes {
    device_memory memory;
    bytes_span bytes{}; ///< there, unless there are blocks
    crc64nvme_track sum;
    std::optional<block_arrival> blocks;
    counted_share unused; ///< of the memory, where an idle piece's was larger than needed
};

/// Memory of pieces that are done with, for the next ones of any lane. Use from one strand.
class idle_pieces {
  public:
    /// At most so many bytes lie idle, those that a piece leaves unused of its memory included:
    /// they are in no account of what pieces need.
    explicit idle_pieces(std::uint64_t most)
        : most_(most), unused_(std::make_shared<std::uint64_t>(0)) {}
    /// For a piece of so many bytes: memory that holds them with the least left unused, and of
    /// several the last that was given, of which most is in the processor's caches; else what can
    /// grow to them. Empty where nothing can; then the oldest makes room for what will be done with
    /// later.
    fetched_bytes take(std::uint64_t size);
    void give(fetched_bytes&& done);
    void clear();

  private:
    std::uint64_t most_;
    std::shared_ptr<std::uint64_t> unused_; ///< by pieces
    std::uint64_t bytes_ = 0;               ///< in `kept_`
    std::vector<fetched_bytes> kept_;
};

/// Where an import reads from: of one executor, and used there. Where several do the import each
/// has one.
struct import_source {
    s3::object_store& store;
    export_folder where;
    patience patient;
    target_progress seen;
    std::atomic<std::uint64_t>& events_of_all;       ///< appended by this run, whoever did it
    std::map<std::string, std::string> etags{};      ///< of objects met so far, by relative key
    unsigned lanes = 0;                              ///< that have not ended
    unsigned lanes_waiting = 0;                      ///< of them, for the export to go on
    std::chrono::steady_clock::time_point checked{}; ///< when it was looked whether it is the same
    idle_pieces idle{0};
};

/// How a piece is to arrive in frames.
struct piece_frames {
    frame_shape shape;
    const format_context& context;
    std::size_t room_behind = 0;   ///< for the progress
    std::uint64_t usual_bytes = 0; ///< of pieces that come into the same memory
};

/// Reads the range and compares its CRC64 while the bytes are hot; a wrong one is read again twice.
/// With `in_frames`, which is for pieces of whole blocks, `into.blocks` is set unless the bytes are
/// something else; they are then in `into.bytes`, as without. Errors: engine_errc::damaged_object
/// naming object, piece and positions (also when the object is missing); gave_up, paused; what the
/// store said. Cancellation: terminal.
task<result<void>> fetch_piece(
    transfer_run& run,
    import_source& from,
    const fetch_item& what,
    fetched_bytes& into,
    const std::optional<piece_frames>& in_frames
);

} // namespace sluice
