// engine: cursors of a stream that coroutines on several executors move.
#pragma once

#include <sluice/base/event.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/reader.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace sluice {

/// Opens each cursor once, on its own strand, and lends it to whoever asks, wherever that lives.
/// Outlives what it lends.
class lent_cursors {
  public:
    using opener = std::function<task<result<std::unique_ptr<cursor>>>(std::string)>;

    /// `open` is called on `strand`.
    lent_cursors(any_io_executor strand, std::uint32_t partitions, opener open)
        : strand_(strand), partitions_(partitions), open_(std::move(open)), turn_(strand) {}

    /// From any executor; the cursor is used there. It is closed when all that were lent are gone.
    /// Errors and cancellation: as reader::open_cursor.
    task<result<std::unique_ptr<cursor>>> borrow(std::string name);

  private:
    task<result<std::shared_ptr<cursor>>> find(std::string name);

    any_io_executor strand_;
    std::uint32_t partitions_;
    opener open_;
    std::map<std::string, std::weak_ptr<cursor>> lent_;
    bool opening_ = false;
    pulse turn_;
};

} // namespace sluice
