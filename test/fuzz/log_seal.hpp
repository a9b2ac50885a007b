// fuzzing: headers of the log with the checksum that they should have, so that inputs get behind
// it.
#pragma once

#include "core/log_batch.hpp"
#include "core/log_bytes.hpp"
#include "core/log_segment.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>
#include <array>

namespace sluice::fuzz {

/// Of the batch header at the beginning of `bytes`, which has its size.
inline void seal_batch(bytes_span bytes, const log::seed& with, std::uint32_t partition) {
    // Where it has the place that goes into its checksum.
    constexpr std::ptrdiff_t at_sequence = 8, at_offset = 24;
    std::array<std::byte, 36> place{};
    std::copy(with.begin(), with.end(), place.begin());
    log::put(place, 16, partition);
    std::copy_n(bytes.begin() + at_sequence, 8, place.begin() + 20);
    std::copy_n(bytes.begin() + at_offset, 8, place.begin() + 28);
    const std::size_t at_crc = log::batch_header_size - 4;
    log::put(bytes, at_crc, crc32c(bytes.first(at_crc), crc32c(place)));
}

/// Of the segment header there, where it says a size that it can have.
inline void seal_segment(bytes_span bytes) {
    log::refusal because;
    const auto size = log::segment_header_size(bytes, because);
    if (!size || *size > bytes.size() || *size < 4) return;
    log::put(bytes, *size - 4, crc32c(bytes.first(*size - 4)));
}

/// Of the batch there, if its header checks then, also those of body and progress.
inline void seal_contents(bytes_span bytes, const log::seed& with, std::uint32_t partition) {
    log::refusal because;
    auto header = log::decode_batch_header(bytes, with, partition, because);
    if (!header || header->stored_bytes() > bytes.size()) return;
    const bytes_span behind = bytes.subspan(log::batch_header_size);
    const bytes_view body = behind.first(header->body_bytes);
    header->body_crc64 = crc64nvme(body);
    if (header->codec == log::batch_codec::none) header->records_crc64 = header->body_crc64;
    header->progress_crc64 = crc64nvme(behind.subspan(body.size(), header->progress_bytes));
    std::ranges::copy(log::encode(*header, with), bytes.begin());
}

/// Of every batch whose magic stands where one could begin.
inline void seal_batches(bytes_span bytes, const log::seed& with, std::uint32_t partition) {
    for (std::size_t at = 0; at + log::batch_header_size <= bytes.size(); at += 8) {
        if (log::get<std::uint32_t>(bytes, at) != log::batch_magic) continue;
        seal_batch(bytes.subspan(at), with, partition);
        seal_contents(bytes.subspan(at), with, partition);
    }
}

} // namespace sluice::fuzz
