// s3client: TCP.
#pragma once

#include "alarms.hpp"
#include "byte_stream.hpp"
#include "readiness.hpp"

#include <sluice/base/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::s3 {

/// What all streams of a client share; they keep it. All run on one strand. `beside`: see closings.
struct stream_service {
    explicit stream_service(const any_io_executor& on, const any_io_executor& beside = {})
        : clock(std::make_shared<alarms>(on)), sockets(std::make_shared<readiness>(on, beside)) {}
    std::shared_ptr<alarms> clock; ///< for their deadlines
    std::shared_ptr<readiness> sockets;
};

/// Connects to a numeric address. Errors are plain codes of the system.
/// Cancellation: terminal.
task<boost::system::result<std::unique_ptr<byte_stream>>> connect_tcp(
    std::shared_ptr<const stream_service> by,
    const std::string& address,
    std::uint16_t port,
    deadline until
);

} // namespace sluice::s3
