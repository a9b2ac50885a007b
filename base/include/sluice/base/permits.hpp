// base: counted permission to use connections, requests or bytes of memory.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace sluice {

/// A counting semaphore for coroutines of one strand: FIFO, cancel-safe (a cancelled waiter takes
/// nothing and blocks nobody).
class permits {
  public:
    permits(any_io_executor on, std::uint64_t total);
    ~permits();

    /// Gives its count back when destroyed. Must not outlive the `permits`.
    class lease {
      public:
        lease() = default;
        lease(permits& from, std::uint64_t count) : from_(&from), count_(count) {}
        lease(lease&& other) noexcept
            : from_(std::exchange(other.from_, nullptr)), count_(std::exchange(other.count_, 0)) {}
        lease& operator=(lease&& other) noexcept {
            if (this != &other) {
                release();
                from_ = std::exchange(other.from_, nullptr);
                count_ = std::exchange(other.count_, 0);
            }
            return *this;
        }
        ~lease() { release(); }
        void release();
        std::uint64_t count() const { return count_; }

      private:
        permits* from_ = nullptr;
        std::uint64_t count_ = 0;
    };

    /// Waits for `count` permits. A count above the total is granted when everything is free, so
    /// that one over-large request can never deadlock; its lease then counts the total.
    /// Cancellation: terminal (throws).
    task<lease> acquire(std::uint64_t count);
    /// The same until `by`. Errors: errc::timed_out.
    task<result<lease>> acquire(std::uint64_t count, deadline by);
    /// Without waiting; null where that would be necessary.
    std::optional<lease> try_acquire(std::uint64_t count);
    std::uint64_t available() const;
    std::uint64_t total() const;

  private:
    struct state;
    void give(std::uint64_t count);
    std::shared_ptr<state> state_;
};

} // namespace sluice
