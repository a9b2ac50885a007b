// s3client: connections lent out, at most so many at once, idle ones kept for a while.
#pragma once

#include "connection.hpp"
#include "network.hpp"

#include <sluice/base/permits.hpp>
#include <sluice/s3/client.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::s3 {

class connection_pool {
  public:
    connection_pool(
        any_io_executor on, network& through, const client_limits& limits, client_stats& stats
    );

    /// A connection in use. Goes back when it may be kept, is closed otherwise: however the holder
    /// ends, also by cancellation.
    class lease {
      public:
        /// Of none.
        lease() = default;
        lease(connection_pool& pool, permits::lease permit);
        lease(lease&& other) noexcept;
        lease& operator=(lease&& other) noexcept;
        ~lease() { give_back(); }
        connection& operator*() const { return *what_; }
        connection* operator->() const { return what_.get(); }
        bool was_idle() const { return was_idle_; }

      private:
        friend class connection_pool;
        void give_back() noexcept;
        connection_pool* pool_ = nullptr;
        permits::lease permit_;
        std::unique_ptr<connection> what_;
        bool was_idle_ = false;
    };

    /// An idle connection, if one is fit and may be lent now: costs no coroutine.
    std::optional<lease> take_at_once(const server_address& to, bool fresh);
    /// `fresh`: a new connection, though idle ones may exist. Waits while all are lent out.
    /// Errors: those of the network; timed_out.
    task<result<lease>> acquire(const server_address& to, bool fresh, deadline by);
    void close_idle();

  private:
    struct idle_connection {
        std::unique_ptr<connection> what;
        std::chrono::steady_clock::time_point since;
    };
    std::unique_ptr<connection> take_idle(const server_address& to);
    void keep(std::unique_ptr<connection> what);
    void count();

    network& network_;
    const client_limits& limits_;
    client_stats& stats_;
    permits free_;
    spare_rooms spare_;
    std::shared_ptr<const server_address> last_server_; ///< that was connected to; null at first
    std::vector<idle_connection> idle_;                 ///< the youngest last: it is used first
};

} // namespace sluice::s3
