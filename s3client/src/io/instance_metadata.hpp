// s3client: the metadata service of an instance, version 2 only: a token first.
#pragma once

#include "../core/response_reader.hpp"
#include "network.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <chrono>
#include <string>

namespace sluice::s3 {

/// It is on this machine's link: who does not answer at once is not there.
inline constexpr std::chrono::seconds patience_of_instance{1};

/// The document of the instance's role. Errors: no_credentials (no role, refused), those of the
/// exchange. Cancellation of both: terminal (throws).
task<result<answer>>
ask_instance_for_credentials(network& over, const endpoint& where, deadline by);
task<result<std::string>>
ask_instance_for_region(network& over, const endpoint& where, deadline by);

} // namespace sluice::s3
