// stream: bulk written past the page cache.
#include "direct_write.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace sluice::log {

namespace {

constexpr std::size_t block = write_block;
constexpr std::size_t staged_at_once = 2 << 20; // one huge page: one range of memory to the device
constexpr std::uint64_t least = 256 << 10;      // below that, the cache is the faster way

struct freed {
    void operator()(std::byte* memory) const { std::free(memory); }
};

/// Memory as the device wants it.
using aligned_memory = std::unique_ptr<std::byte[], freed>;

aligned_memory allocate_stage() {
    aligned_memory memory(static_cast<std::byte*>(std::aligned_alloc(staged_at_once, staged_at_once)
    ));
    if (memory) ::madvise(memory.get(), staged_at_once, MADV_HUGEPAGE); // else small pages do
    return memory;
}

/// As many as writes that go on at once, however many partitions there are. One is kept for the
/// next.
class stage_pool {
  public:
    aligned_memory take() {
        const std::lock_guard hold(mutex_);
        return kept_ ? std::move(kept_) : allocate_stage();
    }
    void give_back(aligned_memory memory) {
        const std::lock_guard hold(mutex_);
        if (!kept_) kept_ = std::move(memory);
    }

  private:
    std::mutex mutex_;
    aligned_memory kept_;
};

stage_pool& stages() {
    static stage_pool pool;
    return pool;
}

std::optional<int> put(int descriptor, std::uint64_t at, bytes_view staged) {
    while (!staged.empty()) {
        const ssize_t n =
            ::pwrite(descriptor, staged.data(), staged.size(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0 || static_cast<std::size_t>(n) % block != 0) return EINVAL;
        at += static_cast<std::uint64_t>(n);
        staged = staged.subspan(static_cast<std::size_t>(n));
    }
    return std::nullopt;
}

/// Collects what has to be copied, and writes it with what need not be, in order.
class direct_run {
  public:
    direct_run(int descriptor, std::uint64_t at) : descriptor_(descriptor), at_(at) {}
    ~direct_run() {
        if (stage_) stages().give_back(std::move(stage_));
    }
    direct_run(const direct_run&) = delete;
    direct_run& operator=(const direct_run&) = delete;

    std::optional<int> add(bytes_view piece) {
        while (!piece.empty()) {
            const std::size_t whole = as_it_lies(piece);
            if (whole > 0) {
                if (const auto failed = put(descriptor_, at_, piece.first(whole))) return failed;
                at_ += whole;
                piece = piece.subspan(whole);
                continue;
            }
            if (!stage_) stage_ = stages().take();
            if (!stage_) return EOPNOTSUPP; // the cache needs no memory of ours
            const std::size_t n = std::min(piece.size(), staged_at_once - staged_);
            std::memcpy(stage_.get() + staged_, piece.data(), n);
            staged_ += n;
            piece = piece.subspan(n);
            if (staged_ < staged_at_once) continue;
            if (const auto failed = flush()) return failed;
        }
        return std::nullopt;
    }
    std::optional<int> flush() {
        const auto failed = put(descriptor_, at_, bytes_view(stage_.get(), staged_));
        at_ += std::exchange(staged_, 0);
        return failed;
    }

  private:
    /// Bytes of the piece that need not be copied.
    std::size_t as_it_lies(bytes_view piece) const {
        const bool aligned = reinterpret_cast<std::uintptr_t>(piece.data()) % block == 0;
        if (staged_ > 0 || !aligned) return 0;
        return piece.size() / block * block;
    }

    int descriptor_;
    std::uint64_t at_;
    aligned_memory stage_;
    std::size_t staged_ = 0;
};

} // namespace

bool lies_in_memory(int descriptor) {
    struct statfs about {};
    if (::fstatfs(descriptor, &about) != 0) return false;
    return about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC;
}

std::unique_ptr<direct_write> direct_write::open(int descriptor) {
    if (lies_in_memory(descriptor)) return nullptr;
    // The file may have been renamed since it was opened.
    const std::string again = "/proc/self/fd/" + std::to_string(descriptor);
    const int direct = ::open(again.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
    if (direct < 0) return nullptr;
    return std::unique_ptr<direct_write>(new direct_write(direct));
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

std::optional<int> direct_write::write(std::uint64_t at, std::span<const bytes_view> pieces) {
    direct_run run(descriptor_, at);
    for (const bytes_view& each : pieces)
        if (const auto failed = run.add(each)) return failed;
    return run.flush();
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
