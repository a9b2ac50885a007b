// s3client: a program that prints credentials.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <string>

namespace sluice::s3 {

/// Runs `command` by /bin/sh and returns what it prints (at most 64 KiB). It reads nothing, what it
/// says on stderr goes where ours goes, and none of our open files reach it. It has a process group
/// of its own, which is killed when time is up.
/// Errors: no_credentials (its exit status, or the signal that ended it), timed_out. Cancellation:
/// terminal (throws); the program is killed.
task<result<std::string>> run_credential_process(const std::string& command, deadline by);

} // namespace sluice::s3
