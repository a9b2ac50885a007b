// engine: exported content beside that of the stream.
#pragma once

#include "block_source.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/reader.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace sluice {

/// The stream between two positions as one run of bytes, whatever its batches are: records, or
/// values as `delimited` and `raw` lay them out. Equal content is equal bytes. Memory: two blocks.
class stream_comparison {
  public:
    stream_comparison(reader& from, object_format format, position at, position end);

    /// Compares the next bytes. Returns where in `content` the first difference is, or where the
    /// stream has no more; nullopt: all equal. Errors: the reader's.
    task<result<std::optional<std::size_t>>> differs(bytes_view content);
    /// Whether nothing is left up to the end.
    task<result<bool>> exhausted();

  private:
    struct encoded_values;

    task<result<bool>> load();
    task<result<bool>> load_values();

    reader* from_;
    position at_;
    position end_;
    std::shared_ptr<encoded_values> values_; ///< none: records are compared
    buffer block_;
    bytes_view left_; ///< of the block
};

} // namespace sluice
