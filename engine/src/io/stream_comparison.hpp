// engine: exported records beside those of the stream.
#pragma once

#include <sluice/base/buffer.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/reader.hpp>

#include <cstddef>
#include <optional>

namespace sluice {

/// The stream's records between two positions as one run of bytes, whatever its batches are: equal
/// records are equal bytes. Memory: one block.
class stream_comparison {
  public:
    stream_comparison(reader& from, position at, position end) : from_(&from), at_(at), end_(end) {}

    /// Compares the next bytes. Returns where in `body` the first difference is, or where the
    /// stream has no more; nullopt: all equal. Errors: the reader's.
    task<result<std::optional<std::size_t>>> differs(bytes_view body);
    /// Whether nothing is left up to the end.
    task<result<bool>> exhausted();

  private:
    task<result<bool>> load();

    reader* from_;
    position at_;
    position end_;
    buffer block_;
    std::size_t used_ = 0;
};

} // namespace sluice
