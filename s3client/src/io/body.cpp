// s3client: bodies in memory.
#include <sluice/base/error.hpp>
#include <sluice/s3/body.hpp>

#include <algorithm>

namespace sluice::s3 {

task<result<bytes_view>> memory_source::next(std::size_t most) {
    const bytes_view piece = bytes_.subspan(at_, std::min(most, bytes_.size() - at_));
    at_ += piece.size();
    co_return piece;
}

result<void> memory_sink::begin(std::uint64_t size) {
    size_ = 0;
    if (size > limit_) {
        failure why;
        why.code = errc::limit_exceeded;
        why.where = "a body of " + std::to_string(size) + " bytes where at most " +
                    std::to_string(limit_) + " are expected";
        return why;
    }
    bytes_.resize(static_cast<std::size_t>(size));
    return result<void>();
}

bytes_span memory_sink::room(std::size_t most) {
    return bytes_span(bytes_).subspan(size_, std::min(most, bytes_.size() - size_));
}

result<void> memory_sink::took(std::size_t n) {
    size_ += n;
    return result<void>();
}

} // namespace sluice::s3
