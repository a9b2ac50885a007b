// tools: stdin or a file, read in large pieces.
#include "input_file.hpp"

#include <sluice/base/error.hpp>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace sluice::command {

namespace {

failure input_failure(const std::string& name, int reason) {
    failure why;
    why.code = reason == ENOENT ? errc::not_found : errc::io_error;
    why.where = name + ": " + std::strerror(reason);
    return why;
}

} // namespace

result<input_file> input_file::open(const std::string& path) {
    if (path == "-") return input_file("standard input", STDIN_FILENO);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0) return input_failure(path, errno);
    return input_file(path, file);
}

input_file::~input_file() {
    if (file_ > STDIN_FILENO) ::close(file_);
}

bool input_file::must_wait() const {
    pollfd asked{file_, POLLIN, 0};
    return ::poll(&asked, 1, 0) == 0;
}

result<bytes_view> input_file::read(bytes_span room) const {
    while (true) {
        const ssize_t n = ::read(file_, room.data(), room.size());
        if (n >= 0) return bytes_view(room.first(static_cast<std::size_t>(n)));
        if (errno == EAGAIN) {
            pollfd asked{file_, POLLIN, 0};
            ::poll(&asked, 1, -1);
        } else if (errno != EINTR) {
            return input_failure(name_, errno);
        }
    }
}

} // namespace sluice::command
