// stream: walking the batches of one segment by their headers.
#pragma once

#include "../../core/log_batch.hpp"
#include "../../core/log_segment.hpp"
#include "log_paths.hpp"

#include <sluice/base/buffer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::log {

/// An open segment.
struct segment {
    std::unique_ptr<file> bytes;
    segment_header header;
    std::uint64_t first_batch = 0; ///< where the first one begins in the file
};

/// Errors: damaged, when the header does not check; errc::unsupported_version.
result<std::shared_ptr<segment>> open_segment(
    const stream_place& at, std::uint32_t partition, const segment_place& which, open_mode mode
);

/// What stands at a place of a segment.
struct scanned {
    enum class kind { batch = 1, footer, end, bad };
    kind what = kind::end;
    std::uint64_t at = 0;
    batch_header batch;    ///< of a batch
    segment_footer footer; ///< of a footer
    refusal because;       ///< of something bad
};

/// Reads headers in order, many at once where batches are small. Bodies are not looked at.
class segment_scanner {
  public:
    segment_scanner(const segment& of, const seed& with)
        : segment_(of), with_(with), at_(of.first_batch) {}

    std::uint64_t position() const { return at_; }
    void go_to(std::uint64_t at) { at_ = at; }
    /// About how long batches are, where that is known before the first one is looked at.
    void expect(std::uint64_t stored_bytes) { last_stored_ = stored_bytes; }
    /// What stands at the current place, looking at nothing at or beyond `limit` (a file offset). A
    /// batch that does not end before `limit` is the `end`. Moves behind a batch.
    result<scanned> next(std::uint64_t limit);

  private:
    result<bytes_view> look(std::uint64_t limit);

    const segment& segment_;
    const seed& with_;
    std::uint64_t at_;
    buffer window_;
    std::uint64_t window_at_ = 0;
    std::uint64_t last_stored_ = 0;
};

/// The highest durable address that a good batch header from `at` on tells of, up to `size`. What
/// stands in between need not check: headers are looked for at every place where one could begin.
result<std::uint64_t>
durable_told_behind(const segment& of, const seed& with, std::uint64_t at, std::uint64_t size);

/// Reads a batch's body and progress and compares both checksums (and that the padding is zero).
/// nullopt: they hold; else what does not.
result<std::optional<std::string>>
check_contents(const segment& of, const scanned& batch, buffer& scratch);

/// The CRC64 of a batch's last record. Errors: damaged, when the batch does not check.
result<std::uint64_t> fingerprint_of(const segment& of, const scanned& batch);

} // namespace sluice::log
