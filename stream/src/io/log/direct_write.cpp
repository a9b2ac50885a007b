// stream: bulk written past the page cache.
#include "direct_write.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace sluice::log {

namespace {

constexpr std::size_t block = 4096;             // no device asks for more
constexpr std::size_t staged_at_once = 1 << 20; // larger ones gain nothing
constexpr std::uint64_t least = 256 << 10;      // below that, the cache is the faster way

bool lies_in_memory(int descriptor) {
    struct statfs about {};
    if (::fstatfs(descriptor, &about) != 0) return false;
    return about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC;
}

} // namespace

void direct_write::freed::operator()(std::byte* memory) const {
    std::free(memory);
}

std::unique_ptr<direct_write> direct_write::open(int descriptor) {
    if (lies_in_memory(descriptor)) return nullptr;
    // The file may have been renamed since it was opened.
    const std::string again = "/proc/self/fd/" + std::to_string(descriptor);
    const int direct = ::open(again.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
    if (direct < 0) return nullptr;
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(block, staged_at_once));
    if (memory == nullptr) {
        ::close(direct);
        return nullptr;
    }
    return std::unique_ptr<direct_write>(new direct_write(direct, memory));
}

direct_write::~direct_write() {
    ::close(descriptor_);
}

direct_write::share direct_write::share_of(std::uint64_t at, std::uint64_t bytes) {
    share of;
    of.before = (block - at % block) % block;
    if (bytes < of.before + least) return share();
    of.bytes = (bytes - of.before) / block * block;
    return of;
}

std::optional<int> direct_write::put(std::uint64_t at, std::size_t bytes) {
    std::size_t done = 0;
    while (done < bytes) {
        const ssize_t n = ::pwrite(
            descriptor_, staged_.get() + done, bytes - done, static_cast<off_t>(at + done)
        );
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0 || static_cast<std::size_t>(n) % block != 0) return EINVAL;
        done += static_cast<std::size_t>(n);
    }
    return std::nullopt;
}

std::optional<int> direct_write::write(std::uint64_t at, std::span<const bytes_view> pieces) {
    std::size_t staged = 0;
    for (bytes_view left : pieces) {
        while (!left.empty()) {
            const std::size_t n = std::min(left.size(), staged_at_once - staged);
            std::memcpy(staged_.get() + staged, left.data(), n);
            staged += n;
            left = left.subspan(n);
            if (staged < staged_at_once) continue;
            if (const auto failed = put(at, staged)) return failed;
            at += staged;
            staged = 0;
        }
    }
    return put(at, staged);
}

std::vector<bytes_view>
cut_pieces(std::span<const bytes_view> pieces, std::uint64_t from, std::uint64_t size) {
    std::vector<bytes_view> cut;
    for (const bytes_view& each : pieces) {
        const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(from, each.size()));
        const auto taken =
            static_cast<std::size_t>(std::min<std::uint64_t>(size, each.size() - skipped));
        if (taken > 0) cut.push_back(each.subspan(skipped, taken));
        from -= skipped;
        size -= taken;
    }
    return cut;
}

} // namespace sluice::log
