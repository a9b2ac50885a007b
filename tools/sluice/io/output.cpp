// tools: stdout and stderr, written whole; and what every verb says when it fails.
#include "output.hpp"

#include "../core/way_out.hpp"

#include <sluice/base/error.hpp>

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace sluice::command {

namespace {

bool write_whole(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(file, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

} // namespace

result<void> write_out(std::string_view text) {
    if (write_whole(STDOUT_FILENO, text)) return result<void>();
    failure why;
    const int reason = errno;
    why.code = reason == ENOSPC || reason == EDQUOT ? errc::disk_full : errc::io_error;
    why.where = std::string("standard output: ") + std::strerror(reason);
    return why;
}

void write_err(std::string_view text) {
    write_whole(STDERR_FILENO, text);
}

int complain(const failure& why, side where, std::string_view verb) {
    write_err(error_line(why, way_out(why, verb)) + "\n");
    return exit_status(why, where);
}

result<void> out_buffer::flush_when_full() {
    constexpr std::size_t enough = 256 << 10;
    return text.size() < enough ? result<void>() : flush();
}

result<void> out_buffer::flush() {
    auto written = write_out(text);
    text.clear();
    return written;
}

} // namespace sluice::command
