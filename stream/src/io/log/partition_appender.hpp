// stream: appending to one partition: write, share a sync, tell.
#pragma once

#include "../../core/batch_body.hpp"
#include "recovery.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/log_store.hpp>
#include <sluice/stream/writer.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

namespace sluice::log {

/// Use from one strand; must outlive its appends. Partitions share nothing that changes: each may
/// have a strand of its own.
class partition_appender {
  public:
    partition_appender(
        const stream_place& at,
        std::uint32_t partition,
        const seed& with,
        const log_writer_options& options,
        any_io_executor on,
        any_io_executor blocking
    );

    /// Recovers the partition and moves its watermark to what was found. Blocks.
    result<void> open();
    /// The highest writer epoch that recovery met.
    std::uint64_t epoch_seen() const { return state_.writer_epoch; }
    /// From now on it is used there; nothing is under way.
    void move_to(any_io_executor there) {
        synced_ = pulse(there);
        line_moved_ = pulse(std::move(there));
    }
    /// Stamped into every batch from now on.
    void begin(std::uint64_t epoch) { epoch_ = epoch; }
    partition_tail tail() const;
    /// What opening found and mended, for people.
    std::vector<std::string> notes() const;

    std::optional<frame_shape> frames() const;
    task<result<void>> append(std::span<const append_step> steps);
    task<result<void>> abandon();
    /// Waits for what is under way, gives back the disk that was taken in advance, and closes the
    /// files: nothing can be appended then. Tells when closing them told that something was lost.
    task<result<void>> settle();

  private:
    struct sync_in_flight;
    struct place_in_line;
    struct stored_steps;

    result<void> check(const append_step& step, const position& end) const;
    task<result<void>> find_room(std::uint64_t bytes);
    failure no_room(std::uint64_t bytes, const disk_room& room) const;
    void give_back_prepared();
    result<void> close_files();
    task<void> prepare_next();
    bool needs_segment() const;
    std::size_t fitting(std::span<const append_step> steps) const;
    task<result<void>> roll();
    task<result<void>> seal();
    task<result<std::uint64_t>> write_in_turn(std::span<const append_step> steps);
    task<result<std::uint64_t>> write_now(std::span<const append_step> steps);
    task<result<std::uint64_t>> abandon_in_turn();
    task<result<void>> write(std::span<const append_step> steps);
    result<stored_steps> store_all(std::span<const append_step> steps, std::uint64_t durable);
    result<void>
    write_batch(const batch_header& header, bytes_view body, std::string_view progress);
    bool lies_in_frame(const append_step& step) const;
    result<void> fill_block(std::span<const append_step> steps);
    result<batch_header>
    header_of(const append_step& step, std::string_view progress, std::uint64_t durable) const;
    byte_vector store(batch_header& header, bytes_view records);
    result<std::uint64_t> last_fingerprint() const;
    void taken(const batch_header& header, std::string_view progress);
    result<void> roll_back(const failure& why);
    task<result<void>> wait_durable(std::uint64_t address);
    task<void> begin_sync();
    result<void> move_watermark(std::uint64_t durable, std::int64_t visible);
    std::uint64_t address() const;
    failure fail(failure why);

    const stream_place& at_;
    std::uint32_t partition_;
    const seed& with_;
    std::uint64_t epoch_ = 0;
    log_writer_options options_;
    any_io_executor blocking_;
    std::chrono::microseconds group_window_;
    bool relaxed_;
    bool compressed_;
    body_codec codec_;

    slot_file mark_;
    std::string mark_note_; ///< of the watermark as it was found
    recovered state_;
    std::uint64_t durable_ = 0;    ///< address
    std::uint64_t sync_begun_ = 0; ///< of a relaxed stream: up to here in the active segment
    bool syncing_ = false;
    pulse synced_;
    std::deque<std::uint64_t> line_; ///< appends that have not written yet, in call order
    std::uint64_t next_in_line_ = 0;
    std::uint64_t refused_before_ = 0; ///< appends in line that are refused for the same reason
    std::optional<failure> refused_;
    pulse line_moved_;
    std::uint64_t unwatched_ = 0;    ///< bytes that may be appended before another look at the disk
    std::unique_ptr<file> prepared_; ///< of the next segment
    std::optional<std::uint64_t> tried_to_prepare_; ///< in the segment of this ordinal
    std::optional<failure> broken_;                 ///< after it nothing can be appended
};

} // namespace sluice::log
