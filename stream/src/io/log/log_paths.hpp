// stream: where things lie in a stream's directory.
#pragma once

#include "../../core/log_meta.hpp"
#include "../../core/log_segment.hpp"
#include "file_system.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::log {

/// One stream's directory and what its meta.json says.
struct stream_place {
    file_system* files = nullptr;
    path directory;
    meta about;

    path meta_file() const { return directory / "meta.json"; }
    path lock_file() const { return directory / "LOCK"; }
    path epoch_file() const { return directory / "writer_epoch"; }
    path cursors_lock() const { return directory / "cursors.lock"; }
    path cursors() const { return directory / "cursors"; }
    path partition(std::uint32_t n) const { return directory / ("p=" + std::to_string(n)); }
    path watermark_file(std::uint32_t n) const { return partition(n) / "watermark"; }
    /// Where a segment is made before it gets its name; what a crash leaves there is overwritten.
    path fresh_segment(std::uint32_t n) const { return partition(n) / "segment.new"; }
    path segment(std::uint32_t n, const segment_place& which) const {
        return partition(n) / segment_name(which.ordinal, which.base_sequence);
    }
};

/// Segments of a partition, by ordinal. Errors: stream_errc::damaged when an ordinal is missing in
/// between; what listing the folder says.
result<std::vector<segment_place>> list_segments(const stream_place& at, std::uint32_t partition);

failure stream_failure(error_code code, const std::string& where);
failure no_partition(const meta& about, std::uint32_t partition);

} // namespace sluice::log
