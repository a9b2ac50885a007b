// stream: the files of named cursors, and the lock under which they come, go and are counted.
#pragma once

#include "log_paths.hpp"
#include "slot_file.hpp"

#include <sluice/stream/log_store.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::log {

/// One place for each partition; sequence −1 in the file: nowhere yet.
using cursor_places = std::vector<std::optional<position>>;
byte_vector encode_places(const cursor_places& places);
cursor_places decode_places(bytes_view payload, std::uint32_t partitions);
std::size_t places_size(std::uint32_t partitions);

/// Held while a cursor begins to exist, while it is removed, and while retention looks at them all
/// and removes segments: so a cursor that exists is honoured. Waits for whoever has it. Blocks.
result<std::unique_ptr<file>> lock_cursors(const stream_place& at);

struct named_cursor {
    std::string name;
    cursor_places places;
    bool in_use = false;
};
/// All of a stream, by name. To be called with the lock: to see whether one is in use, it is taken
/// for a moment. Errors: io_error; a cursor that cannot be read is not passed over.
result<std::vector<named_cursor>> list_cursors(const stream_place& at);

/// With the lock. Errors: locked, when it is in use; no_such_cursor.
result<void> remove_cursor(const stream_place& at, const std::string& name);

} // namespace sluice::log
