// base: checksums of ranges from the registers kept on the way.
#include <sluice/base/crc64_track.hpp>
#include <sluice/base/hash.hpp>

#include <algorithm>

namespace sluice {

namespace {

constexpr std::size_t step = 16 << 10;

} // namespace

void crc64nvme_track::restart() {
    marks_.clear();
    value_ = 0;
    size_ = 0;
}

void crc64nvme_track::take(bytes_view more) {
    while (!more.empty()) {
        if (size_ % step == 0) marks_.push_back(value_);
        const std::size_t share = std::min(more.size(), step - size_ % step);
        value_ = crc64nvme(more.first(share), value_);
        size_ += share;
        more = more.subspan(share);
    }
}

std::uint64_t crc64nvme_track::of_first(bytes_view all, std::size_t size) const {
    if (size == size_) return value_;
    const std::size_t mark = size / step;
    return crc64nvme(all.subspan(mark * step, size % step), marks_[mark]);
}

std::uint64_t crc64nvme_track::of(bytes_view all, std::size_t begin, std::size_t end) const {
    return crc64nvme_suffix(of_first(all, end), of_first(all, begin), end - begin);
}

} // namespace sluice
