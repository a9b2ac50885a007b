// stream: whether an event that comes in fragments is what its last fragment says.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/event.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// The running CRC64 of an event's value, fragment by fragment, compared at the last one. Of an
/// event whose first byte was not seen, or of which something in between is missing, nothing is
/// compared. Events of one record cost nothing.
class event_sum {
  public:
    /// The next record. Errors: stream_errc::damaged, naming the sequence.
    result<void> take(const record& each) {
        if (each.part) return take_fragment(each);
        open_ = false;
        return result<void>();
    }
    /// The next records of a partition. Errors: also malformed.
    result<void> take(const record_batch& batch);

    /// Of an event all of which was seen so far: what is kept of it, so that another reading can go
    /// on behind its last fragment.
    struct so_far {
        std::int64_t sequence = 0;
        std::int64_t length = 0; ///< of its bytes so far
        std::uint64_t crc64nvme = 0;
    };
    /// nullopt: no event is open, or not all of it was seen.
    std::optional<so_far> open() const {
        if (!open_) return std::nullopt;
        return so_far{sequence_, length_, crc_};
    }
    void go_on(const so_far& with) {
        open_ = true;
        sequence_ = with.sequence;
        length_ = with.length;
        crc_ = with.crc64nvme;
    }

  private:
    result<void> take_fragment(const record& each);
    result<void> take_again(const record& each);

    bool open_ = false; ///< all of an event was seen so far
    std::int64_t sequence_ = 0;
    std::int64_t length_ = 0; ///< of its bytes so far, and their CRC64
    std::uint64_t crc_ = 0;
};

} // namespace sluice
