// s3client: TCP, the only unit that instantiates Asio's sockets.
#pragma once

#include "alarms.hpp"
#include "byte_stream.hpp"

#include <sluice/base/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::s3 {

/// Connects to a numeric address. Errors are plain codes of the system. The stream's deadlines are
/// kept by `clock`, which runs on the same strand.
/// Cancellation: terminal.
task<boost::system::result<std::unique_ptr<byte_stream>>> connect_tcp(
    any_io_executor on,
    std::shared_ptr<alarms> clock,
    const std::string& address,
    std::uint16_t port,
    deadline by
);

} // namespace sluice::s3
