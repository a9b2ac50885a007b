// tools: processes of their own for what is measured, and for the servers it is measured with.
#include "child_process.hpp"

#include <sluice/base/error.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::command {

namespace {

failure system_failure(const std::string& what) {
    failure why;
    why.code = errc::io_error;
    why.where = what + ": " + std::strerror(errno);
    return why;
}

failure ended_early(const std::string& what) {
    failure why;
    why.code = errc::io_error;
    why.where = what + " ended before it had told anything";
    return why;
}

/// One line, or everything up to the end.
std::string read_text(int from, bool line) {
    std::string text;
    char next = 0;
    while (true) {
        const ssize_t got = ::read(from, &next, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || (line && next == '\n')) return text;
        text += next;
    }
}

void write_text(int to, const std::string& text) {
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t done = ::write(to, text.data() + written, text.size() - written);
        if (done < 0 && errno != EINTR) return;
        if (done > 0) written += static_cast<std::size_t>(done);
    }
}

/// Forks; in the child `body` gets the writing end, and never returns. The parent gets the other
/// one.
result<std::pair<child_process, int>> fork_with_pipe(const std::function<int(int)>& body) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("a pipe to a child");
    const pid_t pid = ::fork();
    if (pid < 0) {
        ::close(ends[0]);
        ::close(ends[1]);
        return system_failure("a child process");
    }
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::close(ends[0]);
        ::_exit(body(ends[1]));
    }
    ::close(ends[1]);
    return std::make_pair(child_process(pid), ends[0]);
}

result<std::pair<child_process, std::string>>
first_line(result<std::pair<child_process, int>> started, const std::string& what) {
    if (!started) return started.error();
    std::string line = read_text(started->second, true);
    ::close(started->second);
    if (line.empty()) return ended_early(what);
    return std::make_pair(std::move(started->first), std::move(line));
}

} // namespace

void child_process::end() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGTERM);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
}

result<std::string> run_in_child(const std::function<std::string()>& work) {
    auto started = fork_with_pipe([&work](int to) {
        write_text(to, work());
        return 0;
    });
    if (!started) return started.error();
    std::string text = read_text(started->second, false);
    ::close(started->second);
    if (text.empty()) return ended_early("the measured process");
    return text;
}

result<std::pair<child_process, std::string>>
start_program(const std::string& file, const std::vector<std::string>& arguments) {
    auto run = [&](int to) {
        ::dup2(to, STDOUT_FILENO);
        std::vector<char*> words;
        words.push_back(const_cast<char*>(file.c_str()));
        for (const std::string& each : arguments)
            words.push_back(const_cast<char*>(each.c_str()));
        words.push_back(nullptr);
        ::execv(file.c_str(), words.data());
        return 127;
    };
    return first_line(fork_with_pipe(run), file);
}

result<std::string> find_simulator() {
    namespace fs = std::filesystem;
    const std::string name = "sluice-s3sim";
    std::error_code ignored;
    const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    std::vector<fs::path> places{here / name, here.parent_path() / "s3sim" / name};
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "");
    for (std::string each; std::getline(folders, each, ':');)
        places.push_back(fs::path(each) / name);
    for (const fs::path& each : places)
        if (::access(each.c_str(), X_OK) == 0) return each.string();
    failure why;
    why.code = errc::not_found;
    why.where = name + " is neither beside this program nor in $PATH; name it with --simulator";
    return why;
}

} // namespace sluice::command
