// stream: steps of an append as they will lie in the segment.
#pragma once

#include "../../core/log_batch.hpp"
#include "partition_appender.hpp"

#include <array>
#include <vector>

namespace sluice::log {

/// From here on an append is worth a thread of its own.
inline constexpr std::uint64_t bulk = 256 << 10;

/// Side by side. Frames stay where they are; those that lie side by side in memory are one piece.
struct partition_appender::stored_steps {
    std::vector<batch_header> headers;
    std::vector<byte_vector> compressed; ///< of steps that are in no frame
    std::vector<std::array<std::byte, batch_header_size>> encoded;
    std::vector<bytes_view> pieces;
    const std::byte* end_of_frame = nullptr; ///< of the last piece, if it is one

    void add(bytes_view piece) {
        if (!piece.empty()) pieces.push_back(piece);
        end_of_frame = nullptr;
    }
    void add_frame(bytes_view frame) {
        if (end_of_frame == frame.data())
            pieces.back() = {pieces.back().data(), pieces.back().size() + frame.size()};
        else
            pieces.push_back(frame);
        end_of_frame = frame.data() + frame.size();
    }
};

} // namespace sluice::log
