// s3client: through a proxy, byte by byte, to the store.
#pragma once

#include "../core/proxy_request.hpp"
#include "byte_stream.hpp"

namespace sluice::s3 {

/// Asks the proxy at the other end of `over` for a connection to `to`; from then on `over` leads
/// there. Errors: connect_failed, timed_out, malformed_answer. Cancellation: terminal.
task<result<void>>
open_tunnel(byte_stream& over, const server_address& to, const proxy_address& proxy, deadline by);

} // namespace sluice::s3
