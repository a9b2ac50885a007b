// s3sim: a connection as bytes. One file behind it knows TCP and TLS.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::sim {

/// Used by one coroutine at a time. After a failure or timeout only `close` and `reset` are left.
class byte_stream {
  public:
    virtual ~byte_stream() = default;
    /// How many bytes came; 0 when the peer closed, the time ran out, or the connection failed.
    virtual task<std::size_t> read_some(bytes_span to) = 0;
    /// Writes `first`, then `second`. False when the connection failed or the time ran out.
    virtual task<bool> write(bytes_view first, bytes_view second) = 0;
    /// Each read and write from now on may take so long.
    virtual void expires_after(std::chrono::milliseconds span) = 0;
    /// From now on each direction moves at most so many bytes a second; 0: as it can.
    virtual void pace(std::uint64_t bytes_per_second) = 0;
    /// Ends our side in order (TLS: close_notify), so that the peer sees a clean end.
    virtual task<void> end() = 0;
    /// Closes with RST.
    virtual void reset() = 0;
    /// Whether the peer has closed or reset, as far as the kernel knows.
    virtual bool peer_gone() = 0;
    virtual bool peer_is_loopback() = 0;
};

using stream_handler = std::function<task<void>(std::unique_ptr<byte_stream>)>;

struct listen_options {
    std::string address;
    std::string tls_certificate, tls_key; ///< PEM files; "" for plain TCP
};

/// Accepts connections for as long as its executor runs.
class listener {
  public:
    virtual ~listener() = default;
    virtual std::uint16_t port() const = 0;
    /// Starts accepting; each connection runs on a strand of its own.
    virtual void start(stream_handler serve) = 0;
};

/// Binds and listens. The failure names the address or the certificate file.
result<std::unique_ptr<listener>> make_listener(any_io_executor on, const listen_options& options);

} // namespace sluice::sim
