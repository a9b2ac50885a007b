// s3client: pread and write.
#include "file_body.hpp"

#include <sluice/base/directories.hpp>
#include <sluice/base/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::s3 {

namespace {

constexpr std::size_t window_size = 256 << 10;
constexpr std::size_t page_size = 4096; ///< receiving into memory that begins with one is cheaper

} // namespace

open_file::open_file(open_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

open_file::~open_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

file_source::file_source(open_file file, std::string path, std::uint64_t size)
    : file_(std::move(file)), path_(std::move(path)), size_(size) {}

result<std::unique_ptr<file_source>> file_source::open(const std::string& path) {
    open_file file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return refused_by_system(path, "open", errno);
    struct stat is {};
    if (::fstat(file.get(), &is) != 0) return refused_by_system(path, "stat", errno);
    if (!S_ISREG(is.st_mode)) {
        failure why;
        why.code = errc::io_error;
        why.where = path + ": not a file: only what has a size can be sent";
        return why;
    }
    const auto size = static_cast<std::uint64_t>(is.st_size);
    return std::unique_ptr<file_source>(new file_source(std::move(file), path, size));
}

task<result<bytes_view>> file_source::next(std::size_t most) {
    if (at_ == size_) co_return bytes_view();
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>({most, window_size, size_ - at_}));
    window_.reset(wanted);
    ssize_t n = -1;
    do
        n = ::pread(file_.get(), window_.span().data(), wanted, static_cast<off_t>(at_));
    while (n < 0 && errno == EINTR);
    if (n < 0) co_return refused_by_system(path_, "read", errno);
    if (n == 0) {
        failure why;
        why.code = errc::io_error;
        why.where = path_ + ": became shorter while it was sent";
        co_return why;
    }
    at_ += static_cast<std::uint64_t>(n);
    co_return window_.view().first(static_cast<std::size_t>(n));
}

void file_sink::release::operator()(std::byte* memory) const {
    std::free(memory);
}

file_sink::file_sink(open_file file, std::string path)
    : file_(std::move(file)),
      path_(std::move(path)),
      aside_(path_ + ".part"),
      room_(static_cast<std::byte*>(std::aligned_alloc(page_size, window_size))) {
    if (!room_) throw std::bad_alloc();
}

file_sink::~file_sink() {
    if (!kept_) ::unlink(aside_.c_str());
}

result<std::unique_ptr<file_sink>> file_sink::create(const std::string& path) {
    const std::string aside = path + ".part";
    open_file file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.get() < 0) return refused_by_system(aside, "open", errno);
    return std::unique_ptr<file_sink>(new file_sink(std::move(file), path));
}

result<void> file_sink::begin(std::uint64_t) {
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0)
        return refused_by_system(aside_, "truncate", errno);
    return result<void>();
}

bytes_span file_sink::room(std::size_t most) {
    return bytes_span(room_.get(), std::min(most, window_size));
}

result<void> file_sink::took(std::size_t n) {
    for (std::size_t done = 0; done < n;) {
        const ssize_t written = ::write(file_.get(), room_.get() + done, n - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return refused_by_system(aside_, "write", errno);
        done += static_cast<std::size_t>(written);
    }
    return result<void>();
}

result<void> file_sink::keep() {
    if (::rename(aside_.c_str(), path_.c_str()) != 0)
        return refused_by_system(path_, "rename", errno);
    kept_ = true;
    return result<void>();
}

} // namespace sluice::s3
