// s3sim: objects that are large and take little memory, for benchmarks of downloads.
#include "io/synthetic.hpp"

#include "io/medium.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>

#include <algorithm>
#include <chrono>

namespace sluice::sim {

namespace synthetic_detail {

constexpr std::uint64_t block_bytes = std::uint64_t(4) << 20;

failure no_synthetic(const std::string& why) {
    return {errc::invalid_argument, "--synthetic: " + why, {}, {}};
}

/// The first `size` bytes of the noise (xorshift64: the same in every run).
blob_ptr noise(std::uint64_t size) {
    const auto keep = make_memory_medium(UINT64_MAX);
    const auto writer = keep->writer(size);
    if (!writer) return nullptr;
    std::uint64_t state = 0x9e3779b97f4a7c15;
    for (std::uint64_t left = size; left > 0;) {
        const bytes_span window = writer->window();
        for (std::byte& each : window) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            each = static_cast<std::byte>(state >> 56);
        }
        left -= window.size();
        writer->advance(window.size());
    }
    return writer->finish();
}

} // namespace synthetic_detail

result<void> add_synthetic(store& to, const server_options& options) {
    using namespace synthetic_detail;
    if (options.synthetic_bytes == 0) return {};
    if (!options.data_dir.empty()) return no_synthetic("not with --data-dir");
    const auto block = noise(std::min(options.synthetic_bytes, block_bytes));
    const auto rest = noise(options.synthetic_bytes % block->size());
    object one;
    one.size = options.synthetic_bytes;
    one.modified = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    one.pieces.assign(options.synthetic_bytes / block->size(), block);
    if (rest->size() > 0) one.pieces.push_back(rest);
    const auto sum = crc64nvme(block->view());
    std::uint64_t whole = 0;
    for (std::uint64_t n = 0; n < options.synthetic_bytes / block->size(); ++n)
        whole = crc64nvme_combine(whole, sum, block->size());
    whole = crc64nvme_combine(whole, crc64nvme(rest->view()), rest->size());
    one.sums.told = checksum_kind::crc64nvme;
    set_crc(one.sums, checksum_kind::crc64nvme, whole);
    for (const auto& bucket : options.buckets) {
        const auto made = to.put(bucket, "synthetic", one, conditions());
        if (!made) return no_synthetic(made.error().message);
    }
    return {};
}

} // namespace sluice::sim
