// tools: how many system calls this process makes, counted by strace where the kernel does not.
#include "traced_calls.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::command {

namespace {

constexpr std::chrono::milliseconds between_looks{10};
constexpr int most_looks = 1000;

failure not_counted(errc code, std::string why) {
    return {code, std::move(why), {}, {}};
}

bool is_traced(const std::filesystem::path& thread) {
    std::ifstream status(thread / "status");
    std::string word;
    while (status >> word) {
        if (word != "TracerPid:") continue;
        long tracer = 0;
        return status >> tracer && tracer != 0;
    }
    return false;
}

/// Whether somebody traces every thread of this process.
bool is_traced() {
    std::error_code unreadable;
    const std::filesystem::directory_iterator threads("/proc/self/task", unreadable);
    return !unreadable && std::all_of(begin(threads), end(threads), [](const auto& thread) {
        return is_traced(thread.path());
    });
}

/// What only root may trace (keep_memory_to_itself in main.cpp) its own user may, too, for a
/// moment.
class open_to_tracers {
  public:
    open_to_tracers() {
        ::prctl(PR_SET_DUMPABLE, 1);
        ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); // where only parents may trace
    }
    ~open_to_tracers() {
        ::prctl(PR_SET_PTRACER, 0, 0, 0, 0);
        ::prctl(PR_SET_DUMPABLE, was_);
    }
    open_to_tracers(const open_to_tracers&) = delete;
    open_to_tracers& operator=(const open_to_tracers&) = delete;

  private:
    int was_ = ::prctl(PR_GET_DUMPABLE, 0);
};

std::string temporary_file() {
    const char* const folder = std::getenv("TMPDIR");
    std::string name = std::string(folder == nullptr ? "/tmp" : folder) + "/sluice-calls-XXXXXX";
    const int file = ::mkstemp(name.data());
    if (file < 0) return std::string();
    ::close(file);
    return name;
}

/// 0: there is none.
pid_t start_strace(const std::string& to) {
    std::vector<std::string> words{
        "strace", "-f", "-c", "-q", "-o", to, "-p", std::to_string(::getpid())};
    std::vector<char*> pointers;
    for (std::string& each : words)
        pointers.push_back(each.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO})
        posix_spawn_file_actions_addopen(&quiet, output, "/dev/null", O_WRONLY, 0);
    pid_t started = 0;
    const int why = ::posix_spawnp(&started, "strace", &quiet, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&quiet);
    return why == 0 ? started : 0;
}

/// The calls of the line that ends with "total": its fourth column.
std::uint64_t total_in(const std::string& file) {
    std::ifstream summary(file);
    std::string line;
    while (std::getline(summary, line)) {
        if (!line.ends_with(" total")) continue;
        std::istringstream columns(line);
        std::string percent, seconds, each;
        std::uint64_t calls = 0;
        return columns >> percent >> seconds >> each >> calls ? calls : 0;
    }
    return 0;
}

} // namespace

traced_calls::~traced_calls() {
    if (tracer_ != 0) {
        ::kill(tracer_, SIGKILL);
        ::waitpid(tracer_, nullptr, 0);
    }
    if (!file_.empty()) ::unlink(file_.c_str());
}

/// Waits for strace's end, for seconds at most.
task<bool> traced_calls::has_ended() {
    for (int n = 0; n < most_looks; ++n) {
        if (::waitpid(tracer_, nullptr, WNOHANG) == tracer_) {
            tracer_ = 0;
            co_return true;
        }
        co_await sleep_for(between_looks);
    }
    co_return false;
}

task<result<void>> traced_calls::begin() {
    const failure refused =
        not_counted(errc::io_error, "strace may not trace this process: ptrace is not permitted");
    file_ = temporary_file();
    if (file_.empty()) co_return not_counted(errc::io_error, "no temporary file can be made");
    const open_to_tracers meanwhile;
    tracer_ = start_strace(file_);
    if (tracer_ == 0) co_return not_counted(errc::not_found, "strace is not installed");
    for (int n = 0; n < most_looks; ++n) {
        if (is_traced()) co_return result<void>();
        if (::waitpid(tracer_, nullptr, WNOHANG) == tracer_) {
            tracer_ = 0;
            co_return refused;
        }
        co_await sleep_for(between_looks);
    }
    co_return refused;
}

task<result<std::uint64_t>> traced_calls::end() {
    ::kill(tracer_, SIGINT);
    const bool ended = co_await has_ended();
    const std::uint64_t calls = ended ? total_in(file_) : 0;
    if (calls == 0) co_return not_counted(errc::io_error, "strace has summed up nothing");
    co_return calls;
}

} // namespace sluice::command
