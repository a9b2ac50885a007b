// engine: the lines of an object, a range of it at a time.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// Holds one range of 1 MiB, or one line where that is longer. No connection is held between two
/// lines. Use from one strand.
class page_lines {
  public:
    /// Whether there is something to read: an object of at most `largest` bytes. Errors: passing
    /// ones of the store; then it may be opened again.
    task<result<bool>> open(
        s3::object_store& store,
        std::string bucket,
        std::string key,
        std::uint64_t largest,
        deadline by
    );
    /// The next line with its '\n'; nullopt: there is none, or it cannot be read. Errors: passing
    /// ones of the store; then the line may be asked for again.
    task<result<std::optional<std::string>>> next(s3::object_store& store, deadline by);

  private:
    task<result<bool>> read_on(s3::object_store& store, deadline by);

    s3::get_request what_;
    std::uint64_t size_ = 0; ///< of the object
    std::uint64_t read_ = 0; ///< bytes of it
    std::string text_;       ///< the last of these
    std::size_t given_ = 0;  ///< bytes of the text
};

} // namespace sluice
