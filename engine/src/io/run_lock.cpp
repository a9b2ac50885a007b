// engine: one transfer is run by one process at a time.
#include "run_lock.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/error.hpp>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

class file_lock final : public state_store::run_lock {
  public:
    explicit file_lock(int file) : file_(file) {}
    ~file_lock() override { ::close(file_); }

  private:
    int file_;
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

} // namespace

result<std::unique_ptr<state_store::run_lock>>
take_run_lock(const std::string& state_file, const std::string& transfer) {
    const std::string folder = state_file + ".locks";
    ::mkdir(folder.c_str(), 0700);
    const sha256_digest digest = sha256(as_bytes(transfer));
    const std::string path = folder + "/" + hex(bytes_view(digest).first(8));
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return cannot_lock(path);
    auto lock = std::make_unique<file_lock>(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return cannot_lock(path);
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
