// s3client: one loop over the bytes, by algorithm.
#include "running_checksum.hpp"

#include <algorithm>

namespace sluice::s3 {

running_checksum::running_checksum(checksum::kind algorithm) : algorithm_(algorithm) {
    if (algorithm == checksum::kind::sha256) state_.emplace<sha256_stream>();
    if (algorithm == checksum::kind::md5) state_.emplace<md5_stream>();
}

void running_checksum::update(bytes_view bytes) {
    std::uint64_t* const crc = std::get_if<std::uint64_t>(&state_);
    switch (algorithm_) {
    case checksum::kind::none:
        return;
    case checksum::kind::crc64nvme:
        *crc = crc64nvme(bytes, *crc);
        return;
    case checksum::kind::crc32c:
        *crc = crc32c(bytes, static_cast<std::uint32_t>(*crc));
        return;
    case checksum::kind::crc32:
        *crc = crc32(bytes, static_cast<std::uint32_t>(*crc));
        return;
    case checksum::kind::sha256:
        return std::get<sha256_stream>(state_).update(bytes);
    case checksum::kind::md5:
        return std::get<md5_stream>(state_).update(bytes);
    }
}

checksum running_checksum::finish() {
    checksum sum;
    sum.algorithm = algorithm_;
    if (const auto* crc = std::get_if<std::uint64_t>(&state_)) sum.value = *crc;
    if (auto* sha = std::get_if<sha256_stream>(&state_)) sum.digest = sha->finish();
    if (auto* md5 = std::get_if<md5_stream>(&state_)) {
        const auto digest = md5->finish();
        std::copy(digest.begin(), digest.end(), sum.digest.begin());
    }
    return sum;
}

} // namespace sluice::s3
