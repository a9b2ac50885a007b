// s3client: the door. A client speaks to one endpoint as one identity.
#pragma once

#include <sluice/base/clock.hpp>
#include <sluice/base/log.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/capabilities.hpp>
#include <sluice/s3/copy_requests.hpp>
#include <sluice/s3/credentials.hpp>
#include <sluice/s3/credentials_provider.hpp>
#include <sluice/s3/endpoint.hpp>
#include <sluice/s3/limits.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/s3/presign.hpp>
#include <sluice/s3/proxy.hpp>
#include <sluice/s3/removal_requests.hpp>
#include <sluice/s3/retry_budgets.hpp>
#include <sluice/s3/traffic.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::s3 {

/// How bodies are protected in flight. Automatic: under TLS, or where the store verifies checksums,
/// the payload is unsigned and its checksum goes along; otherwise it is signed: chunk by chunk
/// where the store can, else as a whole, hashed in a first pass.
enum class payload_signing { automatic = 0, always, never };

struct client_options {
    endpoint where;
    /// Who signs, when no `provider` is given.
    credentials who;
    /// Where credentials come from, for as long as the client lives; see create_credential_chain.
    std::shared_ptr<credentials_provider> provider;
    /// Nobody named a region: the provider's is used, where it knows one.
    bool learn_region = false;
    client_limits limits;
    std::optional<proxy_address> proxy; ///< between here and the store; see find_proxy
    payload_signing signing = payload_signing::automatic;
    /// Set by the owner once the probe knows: the store verifies checksum headers. `automatic`
    /// signs payloads over plain HTTP until then.
    bool store_verifies_checksums = false;
    /// Whether checksum headers are sent at all (a few stores refuse them).
    bool send_checksums = true;
    /// Whether a GET asks the store for the object's checksum and compares what came with it. What
    /// a request expects is compared in any case.
    bool validate_checksums = true;
    capabilities able;
    /// What goes to this server, with other clients of it. Null: this client alone, unlimited.
    std::shared_ptr<traffic> to_server;
    /// Bytes that this client moves count here too: a limit over several servers. Null: there is
    /// none.
    std::shared_ptr<traffic> in_all;
    /// Of every request, whatever it is about (but that a bucket is to be made); what a request
    /// says itself comes first.
    request_terms terms;
    wall_clock clock; ///< by which requests are signed; empty: the machine's own
    /// What retries may cost, of each server, with other clients. Null: this client's own.
    std::shared_ptr<retry_budgets> budgets;
    /// Where many sockets that are closed at once are closed, too, for some milliseconds each time:
    /// an executor with threads of its own, which may block. What ends waits for it. Empty: the
    /// client's executor closes all.
    any_io_executor blocking{};
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

    using object_store::head;
    /// Errors also: not_modified, precondition_failed.
    virtual task<result<object_head>> head(const head_request& what, deadline by) = 0;
    /// Success also when there was no such object. Errors also: precondition_failed.
    virtual task<result<removal_receipt>>
    remove_object(const remove_request& what, deadline by) = 0;
    /// Up to 1,000 at once; what the store would not remove is returned. Objects that did not exist
    /// count as removed. Errors also: unsafe_input for a key that XML cannot carry.
    virtual task<result<std::vector<refused_removal>>>
    remove_many(const remove_many_request& what, deadline by) = 0;
    /// A copy by the store itself, of up to 5 GiB. It may think as long as a completion. A 200 that
    /// carries an error is that error. 412 is precondition_failed, also when an earlier attempt of
    /// this call may have caused it.
    virtual task<result<copy_receipt>> copy(const copy_request& what, deadline by) = 0;
    virtual task<result<part_receipt>> copy_part(const copy_part_request& what, deadline by) = 0;

    /// Tags of an object; `version_id` empty: of the current one.
    virtual task<result<tag_map>> tags(
        const std::string& bucket,
        const std::string& key,
        const std::string& version_id,
        deadline by
    ) = 0;
    /// Replaces all tags; with none, they are removed.
    virtual task<result<void>> set_tags(
        const std::string& bucket,
        const std::string& key,
        const std::string& version_id,
        const tag_map& tags,
        deadline by
    ) = 0;

    /// A URL with which others may make one request; see presign.hpp. The client's own clock.
    /// Errors also: no_credentials while a provider has not been asked: by any request.
    virtual result<std::string> presign(const presign_request& what) = 0;

    /// Creates a bucket; success also when it is already ours.
    virtual task<result<void>> create_bucket(const std::string& bucket, deadline by) = 0;
    /// Success also when it does not exist. Errors: other_client_error (it holds objects).
    virtual task<result<void>> remove_bucket(const std::string& bucket, deadline by) = 0;
    /// The region that the bucket lives in. Errors: no_such_bucket, access_denied.
    virtual task<result<std::string>> bucket_location(const std::string& bucket, deadline by) = 0;
    /// Errors: no_such_bucket, access_denied.
    virtual task<result<void>> head_bucket(const std::string& bucket, deadline by) = 0;
    /// The rules of the bucket's lifecycle; none where it has no such configuration. Errors:
    /// access_denied, not_implemented.
    virtual task<result<std::vector<lifecycle_rule>>>
    lifecycle(const std::string& bucket, deadline by) = 0;
    /// See client_options; takes effect with the next request.
    virtual void set_store_verifies_checksums(bool yes) = 0;
    virtual void set_send_checksums(bool yes) = 0;
    /// What a probe has found, all of it: replaces what the options said, and what the client has
    /// learnt of listings.
    virtual void set_capabilities(const capabilities& able) = 0;
    /// This one alone; everything else stays what it is.
    virtual void set_signed_chunks(bool yes) = 0;
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
