// s3client: sockets that are closed together.
#pragma once

#include <sluice/base/task.hpp>

#include <array>
#include <cstddef>
#include <memory>

namespace sluice::s3 {

/// To close a connection costs the kernel 6 to 10 µs, in which it also tells the other end: of a
/// thousand that are cut at once, closing is most of it. They are gathered here, and closed by the
/// strand and by another thread together. Use from one strand.
class closings {
  public:
    /// `beside`: an executor whose threads may be kept busy for some milliseconds; empty: only the
    /// strand closes.
    explicit closings(any_io_executor beside) : beside_(std::move(beside)) {}
    closings(const closings&) = delete;
    closings& operator=(const closings&) = delete;
    ~closings() { finish(); }

    /// Closed by the next `finish` at the latest. Until then `set`, if it knows the socket, may
    /// tell of it.
    void add(int socket, int set, bool is_known);
    /// Closes what is left, and returns when all are closed.
    void finish();

  private:
    struct closing {
        int socket, set;
        bool is_known;
        void now() const;
    };
    static constexpr std::size_t together = 64;
    struct batch {
        std::array<closing, together> all;
        std::size_t count = 0;
        void close_all();
    };
    struct shared;

    void share() noexcept;

    any_io_executor beside_;
    std::unique_ptr<batch> mine_;    ///< null: nothing has been added
    std::shared_ptr<shared> others_; ///< with the other thread; null: it has never been needed
};

} // namespace sluice::s3
