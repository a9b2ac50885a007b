// tools: processes of their own for what is measured, and for the servers it is measured with.
#pragma once

#include <sluice/base/result.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace sluice::command {

/// A process that ends with this object: told to, and waited for.
class child_process {
  public:
    child_process() = default;
    explicit child_process(pid_t pid) : pid_(pid) {}
    child_process(child_process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
    child_process& operator=(child_process&& other) noexcept {
        end();
        pid_ = std::exchange(other.pid_, 0);
        return *this;
    }
    ~child_process() { end(); }
    pid_t pid() const { return pid_; }

  private:
    void end();
    pid_t pid_ = 0;
};

/// Runs `work` in a child, so that its memory and CPU time are its own, and returns the text that
/// it returns. It must be called before this process has threads. Errors: errc::io_error; the
/// child's end without a text (it has told why on stderr).
result<std::string> run_in_child(const std::function<std::string()>& work);

/// Runs a program until the object goes away; its first line of stdout is returned. Before this
/// process has threads.
result<std::pair<child_process, std::string>>
start_program(const std::string& file, const std::vector<std::string>& arguments);

/// `sluice-s3sim`: beside this program, where a build puts it, or in $PATH. Errors:
/// errc::not_found.
result<std::string> find_simulator();

} // namespace sluice::command
