// tools: how many system calls this process makes, counted by strace where the kernel does not.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace sluice::command {

/// strace on all threads of this process. Everything is much slower meanwhile: what is measured in
/// time is measured without it.
class traced_calls {
  public:
    traced_calls() = default;
    ~traced_calls();
    traced_calls(const traced_calls&) = delete;
    traced_calls& operator=(const traced_calls&) = delete;

    /// On return it counts. Errors: errc::not_found, there is no strace; errc::io_error, it may not
    /// trace here; `where` says so in words.
    task<result<void>> begin();
    /// Calls since then; it counts no more. Errors: errc::io_error.
    task<result<std::uint64_t>> end();

  private:
    task<bool> has_ended();

    pid_t tracer_ = 0;
    std::string file_; ///< what strace sums up
};

} // namespace sluice::command
