// stream: records in the form in which the log stores them, and back.
#include "batch_body.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>
#include <new>

#include <zstd.h>

namespace sluice::log {

namespace {

/// zstd's own default: three times as fast as the next levels, and nearly as small.
constexpr int compression_level = 3;

} // namespace

struct body_codec::state {
    std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> packing{nullptr, ZSTD_freeCCtx};
    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> unpacking{nullptr, ZSTD_freeDCtx};
};

body_codec::body_codec() : state_(std::make_unique<state>()) {}
body_codec::~body_codec() = default;
body_codec::body_codec(body_codec&&) noexcept = default;
body_codec& body_codec::operator=(body_codec&&) noexcept = default;

byte_vector body_codec::compress(bytes_view records) {
    if (!state_->packing) state_->packing.reset(ZSTD_createCCtx());
    byte_vector frame(ZSTD_compressBound(records.size()));
    const std::size_t size = ZSTD_compressCCtx(
        state_->packing.get(),
        frame.data(),
        frame.size(),
        records.data(),
        records.size(),
        compression_level
    );
    if (ZSTD_isError(size) != 0) throw std::bad_alloc(); // nothing else can be missing
    frame.resize(size);
    return frame;
}

bool body_codec::restore(const batch_header& header, bytes_view stored, bytes_span into) {
    if (stored.size() != header.body_bytes || into.size() != header.record_bytes) return false;
    if (crc64nvme(stored) != header.body_crc64) return false;
    if (header.codec == batch_codec::none) {
        std::ranges::copy(stored, into.begin());
        return true;
    }
    // One frame and nothing else: zstd itself would go on with what follows.
    if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) return false;
    if (!state_->unpacking) state_->unpacking.reset(ZSTD_createDCtx());
    const std::size_t size = ZSTD_decompressDCtx(
        state_->unpacking.get(), into.data(), into.size(), stored.data(), stored.size()
    );
    return size == into.size() && crc64nvme(into) == header.records_crc64;
}

std::optional<bytes_view>
body_codec::records_of(const batch_header& header, bytes_view stored, buffer& room) {
    if (header.codec == batch_codec::none) {
        const bool same =
            stored.size() == header.body_bytes && crc64nvme(stored) == header.body_crc64;
        return same ? std::optional<bytes_view>(stored) : std::nullopt;
    }
    room.reset(header.record_bytes);
    if (!restore(header, stored, room.span())) return std::nullopt;
    return room.view();
}

} // namespace sluice::log
