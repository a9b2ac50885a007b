// stream: events in, batches out: assigns sequences, cuts large values into fragments. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/event.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace sluice {

/// Collects the records of one partition into batches for a writer.
///
/// `next` is the partition's end. Where an event is open there, events begin behind it, as it is to
/// be abandoned; or the first one added is that event, from its beginning: nothing is built of what
/// the partition has of it. Small events share a batch until it holds `target_bytes` (at most 1
/// MiB); every fragment of a large event is a batch of its own. The caller takes finished batches
/// with `take`.
class batch_builder {
  public:
    static constexpr std::size_t usual_target_bytes = std::size_t{256} << 10;
    enum class open_event { abandoned, added_again };
    explicit batch_builder(
        position next,
        std::size_t target_bytes = usual_target_bytes,
        open_event there = open_event::abandoned
    );
    ~batch_builder();
    batch_builder(batch_builder&&) noexcept;
    batch_builder& operator=(batch_builder&&) noexcept;

    /// Adds a whole event (its `sequence` is ignored and assigned). A value above
    /// max_fragment_bytes becomes fragments. Errors: stream_errc::too_large for key and headers
    /// above their limit, malformed for a header's name that is not UTF-8; nothing is added then.
    /// Also malformed: an event added again that is no longer than what the partition has of it;
    /// nothing can be added behind that.
    result<void> add(const record& event);
    /// The same in pieces, for values of unknown length: `open` takes timestamp, key and headers,
    /// then `more` any number of times, then `close`. Memory: one fragment. Errors: as `add`, of
    /// which `close` tells the last one only.
    result<void> open(const record& event_without_value);
    void more(bytes_view value);
    result<void> close();

    /// Finished batches so far; with `flush`, also the one being filled (never an open fragment's
    /// rest).
    struct built {
        record_batch batch; ///< `body` points into `bytes`
        byte_vector bytes;
    };
    std::vector<built> take(bool flush);
    /// Batches that are durable, back: their memory is used again, and need not be fetched from the
    /// system and cleared for each batch anew. Not needed for anything else.
    void give_back(std::vector<built> used);
    position next() const;
    std::size_t pending_bytes() const; ///< of finished and unfinished batches

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace sluice
