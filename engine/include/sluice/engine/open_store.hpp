// engine: from an address and options to a store that can be asked.
#pragma once

#include <sluice/base/log.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/own_store.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/s3/client.hpp>

#include <memory>
#include <string>

namespace sluice {

struct engine_options;

struct opened_store {
    std::unique_ptr<s3::client> client;    ///< null where a host brought its own store
    std::shared_ptr<s3::object_store> own; ///< that one
    std::string endpoint;                  ///< host:port
    std::string url;                       ///< scheme://host:port; empty: of a store of its own

    s3::object_store& use() const { return client ? *client : *own; }
    std::uint64_t retries() const { return client ? client->stats().retries : 0; }
    /// Requests in flight must have ended.
    void close() {
        if (client) client->close();
    }
};

/// What an address's own `bwlimit` and `max-requests`, and `common`, allow to one server. Errors:
/// errc::invalid_argument.
result<s3::traffic_limits> traffic_of(const bucket_address& address, const s3_options& common);

/// The limit over all servers of a transfer; null where it has none. `clock`: what timetables go
/// by.
std::shared_ptr<s3::traffic>
traffic_of_all(any_io_executor on, const transfer_rules& rules, const wall_clock& clock);

/// What the address says wins over `common`, which wins over environment and files (`env`; empty:
/// the process's own). Nothing is sent. Errors: no_credentials, errc::invalid_argument,
/// errc::not_found (CA bundle). `in_all`: bytes count there too.
/// `clock`: as of engine_options.
/// `budgets`: what retries may cost; null: this store's own. `blocking`: as of s3::client_options.
result<opened_store> open_store(
    any_io_executor on,
    const bucket_address& address,
    const s3_options& common,
    const s3::environment& env,
    logger& log,
    std::shared_ptr<s3::traffic> in_all = nullptr,
    wall_clock clock = {},
    std::shared_ptr<s3::retry_budgets> budgets = nullptr,
    any_io_executor blocking = {}
);
/// The same, unless the host brings a store of its own for the address.
result<opened_store> open_store(
    any_io_executor on,
    const bucket_address& address,
    const s3_options& common,
    const engine_options& options,
    std::shared_ptr<s3::traffic> in_all = nullptr
);

} // namespace sluice
