// s3client: a program that prints credentials: started, read, reaped.
#include "credential_process.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/s3/error.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_output = 64 << 10;
/// A program that takes long takes seconds; asking it so often costs nothing.
constexpr std::chrono::milliseconds beat{10};

failure no_output(std::string where) {
    failure why;
    why.code = s3_errc::no_credentials;
    why.where = std::move(where);
    return why;
}

/// The program and the end of its pipe that is ours. Destroyed early, it ends both.
class child {
  public:
    child() = default;
    ~child() {
        if (output_ >= 0) ::close(output_);
        if (id_ <= 0) return;
        ::kill(-id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    /// 0, or what the system says.
    int start(const std::string& command);
    /// False at the end of its output; `text` gets what there is.
    bool read(std::string& text) {
        char piece[4096];
        while (text.size() <= most_output) {
            const ssize_t n = ::read(output_, piece, sizeof piece);
            if (n > 0)
                text.append(piece, static_cast<std::size_t>(n));
            else if (n < 0 && errno == EINTR)
                continue;
            else
                return n < 0 && errno == EAGAIN;
        }
        return false;
    }
    /// True when it has ended, and how: 0 also when somebody else has reaped it.
    bool ended(int& status) {
        const pid_t got = ::waitpid(id_, &status, WNOHANG);
        if (got == 0) return false;
        if (got < 0) status = 0;
        id_ = 0;
        return true;
    }

  private:
    pid_t id_ = 0;
    int output_ = -1;
};

int child::start(const std::string& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
    output_ = ends[0];
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int each : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD})
        sigaddset(&usual, each);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &usual);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(
        &how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    );
    std::string shell = "sh", flag = "-c", text = command;
    char* const words[] = {shell.data(), flag.data(), text.data(), nullptr};
    const int refused = ::posix_spawn(&id_, "/bin/sh", &files, &how, words, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
    if (refused != 0) id_ = 0;
    return refused;
}

std::string ending(int status) {
    if (WIFSIGNALED(status)) return "it was ended by signal " + std::to_string(WTERMSIG(status));
    const int code = WEXITSTATUS(status);
    std::string text = "it ended with exit status " + std::to_string(code);
    if (code == 127) text += ": there is no such program";
    return text;
}

failure late() {
    failure why;
    why.code = s3_errc::timed_out;
    why.where = "it did not end in time";
    return why;
}

} // namespace

task<result<std::string>> run_credential_process(const std::string& command, deadline by) {
    child program;
    if (const int refused = program.start(command); refused != 0)
        co_return no_output(std::string("it cannot be started (") + std::strerror(refused) + ")");
    std::string text;
    while (program.read(text)) {
        if (by.passed()) co_return late();
        co_await sleep_for(beat, by);
    }
    if (text.size() > most_output) co_return no_output("it prints more than 64 KiB");
    int status = 0;
    while (!program.ended(status)) {
        if (by.passed()) co_return late();
        co_await sleep_for(beat, by);
    }
    if (status != 0) co_return no_output(ending(status));
    co_return std::move(text);
}

} // namespace sluice::s3
