// s3client: whether a store gives the same bytes the same ETag.
#pragma once

#include <sluice/s3/checksum.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// Learns from what was stored: an ETag is compared with others, and never read. Where the same
/// bytes have the same ETag, sending them a second time, while the first request may still be
/// executed, changes nothing.
class etag_habit {
  public:
    /// A body of this size and checksum was stored, and this is its ETag.
    void stored(std::uint64_t size, const checksum& sum, std::string_view etag) {
        if (sum.algorithm == checksum::kind::none) return;
        for (const body& each : last_)
            if (each.size == size && each.sum == sum) (each.etag == etag ? same_ : other_) = true;
        body& oldest = last_[next_++ % last_.size()];
        oldest.size = size;
        oldest.sum = sum;
        oldest.etag = etag;
    }
    /// It was seen, and never the contrary.
    bool repeats() const { return same_ && !other_; }

  private:
    struct body {
        std::uint64_t size = 0;
        checksum sum;
        std::string etag;
    };
    std::array<body, 4> last_; ///< without an algorithm: none
    std::size_t next_ = 0;
    bool same_ = false, other_ = false;
};

} // namespace sluice::s3
