// stream: every file call of the log, behind one seam.
#include "../../core/network_disks.hpp"
#include "direct_write.hpp"

#include <sluice/base/directories.hpp>
#include <sluice/base/error.hpp>
#include <sluice/base/fork.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

namespace sluice::log {

namespace {

failure refused_by_system(const path& name, const char* call) {
    return sluice::refused_by_system(name, call, errno);
}

class posix_file final : public file {
  public:
    posix_file(path name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {}
    ~posix_file() override { static_cast<void>(let_go()); }

    result<std::size_t> read(std::uint64_t at, bytes_span into) override {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t n = ::pread(
                descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(at + done)
            );
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return refused_by_system(name_, "read");
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
        std::uint64_t bytes = 0;
        for (const bytes_view& each : pieces)
            bytes += each.size();
        const auto direct = direct_ ? direct_write::share_of(at, bytes) : direct_write::share();
        if (direct.bytes == 0) return write_cached(at, pieces);
        const auto failed =
            direct_->write(at + direct.before, cut_pieces(pieces, direct.before, direct.bytes));
        if (failed == EINVAL || failed == EOPNOTSUPP) { // not here, after all
            direct_.reset();
            return write_cached(at, pieces);
        }
        if (failed) {
            errno = *failed;
            return refused_by_system(name_, "write");
        }
        // Last, so that no page of theirs is waiting to be written when the blocks beside them are.
        auto edge = write_cached(at, cut_pieces(pieces, 0, direct.before));
        if (!edge) return edge;
        const std::uint64_t end = direct.before + direct.bytes;
        return write_cached(at + end, cut_pieces(pieces, end, bytes - end));
    }

    void bypass_cache() override {
        if (!direct_) direct_ = direct_write::open(descriptor_);
    }

    result<void> sync() override {
        if (::fdatasync(descriptor_) != 0) return refused_by_system(name_, "fdatasync");
        return result<void>();
    }
    void begin_sync(std::uint64_t at, std::uint64_t bytes) override {
        const auto from = static_cast<off64_t>(at), size = static_cast<off64_t>(bytes);
        static_cast<void>(::sync_file_range(descriptor_, from, size, SYNC_FILE_RANGE_WRITE));
    }
    result<void> cut(std::uint64_t size) override {
        if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
            return refused_by_system(name_, "ftruncate");
        return result<void>();
    }
    result<std::uint64_t> size() override {
        struct stat about {};
        if (::fstat(descriptor_, &about) != 0) return refused_by_system(name_, "fstat");
        return static_cast<std::uint64_t>(about.st_size);
    }
    result<void> reserve(std::uint64_t bytes) override {
        // In memory nothing is gained by it, and all of it would be filled with zeros.
        if (lies_in_memory(descriptor_)) return result<void>();
        const auto size = static_cast<off_t>(bytes);
        while (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, 0, size) != 0) {
            if (errno == EINTR) continue;
            if (errno == EOPNOTSUPP || errno == ENOSYS) break;
            return refused_by_system(name_, "fallocate");
        }
        return result<void>();
    }
    void give_back_reserve() override {
        constexpr std::int64_t unit = 512, spare = 64 << 10; // as st_blocks counts
        struct stat about {};
        if (::fstat(descriptor_, &about) != 0) return;
        if (about.st_blocks * unit <= about.st_size + spare) return;
        static_cast<void>(::ftruncate(descriptor_, about.st_size)); // the same size
    }
    result<bool> try_lock() override {
        if (!lock_) lock_.emplace(descriptor_);
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
        if (errno == EWOULDBLOCK) return false;
        return refused_by_system(name_, "flock");
    }
    result<void> wait_for_lock() override {
        if (!lock_) lock_.emplace(descriptor_);
        while (::flock(descriptor_, LOCK_EX) != 0)
            if (errno != EINTR) return refused_by_system(name_, "flock");
        return result<void>();
    }
    result<void> close() override {
        // Interrupted, it is closed nevertheless, and nothing is known to be lost.
        if (let_go() != 0 && errno != EINTR) return refused_by_system(name_, "close");
        return result<void>();
    }
    result<std::chrono::system_clock::time_point> modified() override {
        using namespace std::chrono;
        struct stat about {};
        if (::fstat(descriptor_, &about) != 0) return refused_by_system(name_, "fstat");
        const auto since = seconds(about.st_mtim.tv_sec) + nanoseconds(about.st_mtim.tv_nsec);
        return system_clock::time_point(duration_cast<system_clock::duration>(since));
    }
    const path& name() const override { return name_; }
    void is_now(path name) override { name_ = std::move(name); }

  private:
    int let_go() {
        lock_.reset();
        direct_.reset();
        const int descriptor = std::exchange(descriptor_, -1);
        return descriptor < 0 ? 0 : ::close(descriptor);
    }
    result<void> write_cached(std::uint64_t at, std::span<const bytes_view> pieces) {
        constexpr std::size_t most = 512; // of the system's 1024
        std::array<iovec, most> vectors{};
        std::size_t first = 0, skip = 0; // bytes of pieces[first] that are written already
        while (first < pieces.size()) {
            const std::size_t count = std::min(most, pieces.size() - first);
            for (std::size_t n = 0; n < count; ++n) {
                const bytes_view left = pieces[first + n].subspan(n == 0 ? skip : 0);
                vectors[n].iov_base = const_cast<std::byte*>(left.data());
                vectors[n].iov_len = left.size();
            }
            const ssize_t n = ::pwritev(
                descriptor_, vectors.data(), static_cast<int>(count), static_cast<off_t>(at)
            );
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return refused_by_system(name_, "write");
            at += static_cast<std::uint64_t>(n);
            auto done = static_cast<std::size_t>(n);
            while (first < pieces.size() && done >= pieces[first].size() - skip) {
                done -= pieces[first].size() - skip;
                ++first;
                skip = 0;
            }
            skip += done;
        }
        return result<void>();
    }

    path name_;
    int descriptor_;
    std::optional<not_for_children> lock_; ///< set when one was asked for
    std::unique_ptr<direct_write> direct_;
};

class posix_files final : public file_system {
  public:
    result<std::unique_ptr<file>> open(const path& name, open_mode mode) override {
        int flags = O_CLOEXEC | O_NOFOLLOW;
        flags |= mode == open_mode::read ? O_RDONLY : O_RDWR;
        if (mode == open_mode::create) flags |= O_CREAT;
        const int descriptor = ::open(name.c_str(), flags, 0600);
        if (descriptor < 0) return refused_by_system(name, "open");
        return std::unique_ptr<file>(std::make_unique<posix_file>(name, descriptor));
    }
    result<void> rename(const path& from, const path& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return refused_by_system(to, "rename");
        return result<void>();
    }
    result<void> remove(const path& name) override {
        if (::unlink(name.c_str()) != 0) return refused_by_system(name, "unlink");
        return result<void>();
    }
    result<void> sync_directory(const path& name) override { return sluice::sync_directory(name); }
    result<void> make_directory(const path& name) override { return sluice::make_directory(name); }
    result<std::string> network_of(const path& name) override {
        struct statfs about {};
        if (::statfs(name.c_str(), &about) != 0) return refused_by_system(name, "statfs");
        return std::string(network_file_system(static_cast<std::uint32_t>(about.f_type)));
    }
    result<disk_room> room_of(const path& name) override {
        struct statvfs about {};
        while (::statvfs(name.c_str(), &about) != 0)
            if (errno != EINTR) return refused_by_system(name, "statvfs");
        disk_room room;
        room.left = std::uint64_t{about.f_bavail} * about.f_frsize;
        room.size = std::uint64_t{about.f_blocks} * about.f_frsize;
        return room;
    }
    result<std::vector<std::string>> list(const path& name) override {
        DIR* folder = ::opendir(name.c_str());
        if (folder == nullptr) return refused_by_system(name, "opendir");
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* each = ::readdir(folder))
            names.emplace_back(each->d_name);
        const int number = errno;
        ::closedir(folder);
        errno = number;
        if (number != 0) return refused_by_system(name, "readdir");
        std::erase(names, ".");
        std::erase(names, "..");
        return names;
    }
};

} // namespace

file_system& real_files() {
    static posix_files files;
    return files;
}

result<byte_vector> read_small(file_system& files, const path& name) {
    constexpr std::uint64_t most = 1 << 20;
    auto opened = files.open(name, open_mode::read);
    if (!opened) return opened.error();
    auto size = (*opened)->size();
    if (!size) return size.error();
    if (*size > most) {
        failure why;
        why.code = errc::limit_exceeded;
        why.where = name.string() + ": is larger than such a file can be";
        return why;
    }
    byte_vector bytes(*size);
    auto read = (*opened)->read(0, bytes);
    if (!read) return read.error();
    bytes.resize(*read);
    return bytes;
}

} // namespace sluice::log
