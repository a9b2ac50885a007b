// engine: one transfer is run by one process at a time.
#include "run_lock.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/fork.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/error.hpp>

#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

/// Of the whole file, exclusive. It belongs to the open file, as one of flock does, and can be
/// asked about without being taken: a look disturbs nobody who starts just now.
struct ::flock whole_file() {
    struct ::flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

class file_lock final : public state_store::run_lock {
  public:
    explicit file_lock(int file) : file_(file), here_(file) {}
    ~file_lock() override {
        here_.reset();
        ::close(file_);
    }

  private:
    int file_;
    std::optional<not_for_children> here_;
};

failure cannot_lock(const std::string& path) {
    failure why;
    why.code = errno == ENOSPC ? errc::disk_full : errc::io_error;
    why.where = path + ": " + std::strerror(errno);
    return why;
}

std::string holder_of(int file) {
    char text[256] = {};
    const ssize_t size = ::pread(file, text, sizeof text - 1, 0);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "another process";
}

std::string folder_of(const std::string& state_file) {
    return state_file + ".locks";
}

std::string path_of(const std::string& state_file, const std::string& transfer) {
    const sha256_digest digest = sha256(as_bytes(transfer));
    return folder_of(state_file) + "/" + hex(bytes_view(digest).first(8));
}

} // namespace

result<bool> is_run_locked(const std::string& state_file, const std::string& transfer) {
    const std::string path = path_of(state_file, transfer);
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return false;
    if (file < 0) return cannot_lock(path);
    const file_lock closed_at_the_end(file);
    auto found = whole_file();
    if (::fcntl(file, F_OFD_GETLK, &found) != 0) return cannot_lock(path);
    return found.l_type != F_UNLCK;
}

result<std::unique_ptr<state_store::run_lock>>
take_run_lock(const std::string& state_file, const std::string& transfer) {
    ::mkdir(folder_of(state_file).c_str(), 0700);
    const std::string path = path_of(state_file, transfer);
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return cannot_lock(path);
    auto lock = std::make_unique<file_lock>(file);
    auto wanted = whole_file();
    if (::fcntl(file, F_OFD_SETLK, &wanted) != 0) {
        if (errno != EAGAIN && errno != EACCES) return cannot_lock(path);
        failure why;
        why.code = engine_errc::run_by_other;
        why.where = "transfer " + transfer + ": is run by " + holder_of(file) +
                    " already; pause it with `sluice transfer pause " + transfer + "`";
        return why;
    }
    char host[256] = "localhost";
    ::gethostname(host, sizeof host - 1);
    const std::string holder = "pid " + std::to_string(::getpid()) + " on " + host;
    const bool written =
        ::ftruncate(file, 0) == 0 && ::pwrite(file, holder.data(), holder.size(), 0) > 0;
    if (!written) return cannot_lock(path);
    return std::unique_ptr<state_store::run_lock>(std::move(lock));
}

} // namespace sluice
