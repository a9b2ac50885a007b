// stream: the interface by which anything writes events. One writer owns its stream.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/position.hpp>
#include <sluice/stream/reader.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice {

/// What a partition looks like to the writer that opens it.
struct partition_tail {
    position end; ///< where the next batch begins; offset ≠ 0: an event is open there
    std::string last_progress; ///< of the last durable append that carried one, and perhaps spaces
                               ///< behind it if that was in a frame; empty: none yet
    std::uint64_t torn_bytes_cut = 0; ///< a torn tail, never acknowledged, that this open cut off
};

/// Exclusive access to one stream for appending.
///
/// Use from one strand, but for partitions that were handed over. Several appends may be in flight;
/// those of one partition take effect in call order. Cancellation: terminal; an append that was
/// cancelled may or may not have taken effect.
class writer {
  public:
    virtual ~writer() = default;
    virtual const stream_description& description() const = 0;
    virtual partition_tail tail(std::uint32_t partition) const = 0;
    /// What was found and mended when it was opened, for people: torn tails that were cut off,
    /// small files of which an older value was taken. Usually nothing.
    virtual std::vector<std::string> notes() const { return {}; }

    /// Appends the steps in order; returns when all are durable (group commit). Each step is
    /// atomic. Errors: fenced, out_of_order, too_large, disk_full (the partition is cut back to its
    /// last whole batch and can go on; appends to it that wait behind are refused, too, so that
    /// none gets in front of it), io_error (the writer is finished: open it anew).
    virtual task<result<void>>
    append(std::uint32_t partition, std::span<const append_step> steps) = 0;

    /// How bodies may lie that are to be appended in bulk; nullopt: it makes no difference. Steps
    /// in other memory are appended all the same.
    virtual std::optional<frame_shape> frames() const { return std::nullopt; }

    /// Gives up the open event of a partition, if any: its sequence is spent, readers skip it.
    virtual task<result<void>> abandon_open_event(std::uint32_t partition) = 0;

    /// The partition's tail, appends and open event belong to `there`, a strand or a
    /// single-threaded context, from now on; `description` and `frames` may be asked from
    /// everywhere then. Called on the writer's strand while nothing of the partition is under way.
    /// False: it cannot be, all partitions stay on the writer's strand.
    virtual bool hand_over(std::uint32_t partition, any_io_executor there) {
        static_cast<void>(partition);
        static_cast<void>(there);
        return false;
    }

    /// Waits for appends in flight, releases the stream, tells what closing its files told. Called
    /// before destruction; where partitions were handed over, when nothing of them is under way.
    virtual task<result<void>> close() = 0;
};

} // namespace sluice
