// engine: one piece of an object, brought into memory and checked.
#pragma once

#include "../core/fetch_plan.hpp"
#include "../core/patience.hpp"
#include "device_memory.hpp"
#include "transfer_run.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/crc64_track.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/stream/block_arrival.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// A piece's bytes, and their checksum or that of any range of them; or its blocks. Worth using
/// again.
struct fetched_bytes {
    buffer bytes;
    crc64nvme_track sum;
    device_memory memory; ///< of blocks
    std::optional<block_arrival> blocks;
};

/// Memory of pieces that are done with, for the next ones of any lane.
class idle_pieces {
  public:
    /// At most so many bytes lie idle.
    explicit idle_pieces(std::uint64_t most) : most_(most) {}
    /// For a piece of so many bytes: none that is much larger, which would hold more than is known
    /// of. Empty where there is none; then the oldest makes room for what will be done with later.
    fetched_bytes take(std::uint64_t size);
    void give(fetched_bytes&& done);
    void clear();

  private:
    std::uint64_t most_;
    std::uint64_t bytes_ = 0;
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
