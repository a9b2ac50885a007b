// s3client: the door. A client speaks to one endpoint as one identity.
#pragma once

#include <sluice/base/log.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/credentials.hpp>
#include <sluice/s3/endpoint.hpp>
#include <sluice/s3/limits.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/s3/traffic.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace sluice::s3 {

/// How bodies are protected in flight (design: TLS or a store that verifies checksums → unsigned
/// payload with the CRC in a header; otherwise the body is hashed in a first pass and signed).
enum class payload_signing { automatic = 0, always, never };

struct client_options {
    endpoint where;
    credentials who;
    /// Asked when the store says that the credentials have expired: reads them again where they
    /// came from. Null: they cannot be renewed.
    std::function<result<credentials>()> renew;
    client_limits limits;
    payload_signing signing = payload_signing::automatic;
    /// Set by the owner once the probe knows: the store verifies checksum headers. `automatic`
    /// signs payloads over plain HTTP until then.
    bool store_verifies_checksums = false;
    /// Whether checksum headers are sent at all (a few stores refuse them).
    bool send_checksums = true;
    /// What goes to this server, with other clients of it. Null: this client alone, unlimited.
    std::shared_ptr<traffic> to_server;
    /// Bytes that this client moves count here too: a limit over several servers. Null: there is
    /// none.
    std::shared_ptr<traffic> in_all;
    logger* log = nullptr; ///< not owned; null: silent
};

/// Plain counters; read them on the client's strand.
struct client_stats {
    std::uint64_t requests = 0, retries = 0, throttled = 0, connections_opened = 0;
    std::uint64_t bytes_sent = 0, bytes_received = 0; ///< of bodies
    std::size_t connections_idle = 0, connections_busy = 0;
};

class client : public object_store {
  public:
    virtual const client_stats& stats() const = 0;
    /// Creates a bucket; success also when it is already ours.
    virtual task<result<void>> create_bucket(const std::string& bucket, deadline by) = 0;
    /// Errors: no_such_bucket, access_denied.
    virtual task<result<void>> head_bucket(const std::string& bucket, deadline by) = 0;
    /// The rules of the bucket's lifecycle; none where it has no such configuration. Errors:
    /// access_denied, not_implemented.
    virtual task<result<std::vector<lifecycle_rule>>>
    lifecycle(const std::string& bucket, deadline by) = 0;
    /// See client_options; takes effect with the next request.
    virtual void set_store_verifies_checksums(bool yes) = 0;
    virtual void set_send_checksums(bool yes) = 0;
    /// Whether a body that has a checksum is read twice for each try: once to hash it, once to send
    /// it.
    virtual bool hashes_bodies() const = 0;
    /// Closes idle connections. Requests in flight must have ended.
    virtual void close() = 0;
};

/// `on` is a strand or a single-threaded executor. Errors: unsafe_input, errc::not_found (CA
/// bundle).
result<std::unique_ptr<client>> create_client(any_io_executor on, client_options options);

} // namespace sluice::s3
