// s3client: the environment of this process, for programs that want the client to look there.
#pragma once

#include <sluice/s3/credentials.hpp>

namespace sluice::s3 {

/// Reads the process's own variables, each when it is asked for. Not while another thread changes
/// them.
environment process_environment();

} // namespace sluice::s3
