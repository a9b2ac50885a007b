// stream: every file call of the log, behind one seam: so that tests can fail any of them.
#pragma once

#include "../../core/log_room.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::log {

using path = std::filesystem::path;

/// An open file. Errors: disk_full, io_error, not_found; `where` names the file. Calls block.
/// A file's `sync` may run on another thread while its owner goes on writing. Its end closes it,
/// and tells nobody what that told: who has written to it closes it before.
class file {
  public:
    virtual ~file() = default;
    /// Fewer bytes than asked for only at the end of the file.
    virtual result<std::size_t> read(std::uint64_t at, bytes_span into) = 0;
    /// All pieces one after the other, or a failure; then some of the bytes may be there.
    virtual result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) = 0;
    /// Large writes go past the page cache from now on, where the file system can do that.
    virtual void bypass_cache() {}
    virtual result<void> sync() = 0; ///< fdatasync
    /// What was written of these bytes starts for the disk, so that a later sync waits for less.
    virtual void begin_sync(std::uint64_t /*at*/, std::uint64_t /*bytes*/) {}
    virtual result<void> cut(std::uint64_t size) = 0;
    virtual result<std::uint64_t> size() = 0;
    /// Takes disk for the first `bytes` of the file, which keeps its size: what is written there
    /// later does not find the disk full. Success also where the file system cannot do that.
    virtual result<void> reserve(std::uint64_t bytes) = 0;
    /// Gives back what was taken behind the file's end, as well as it can. Nobody writes meanwhile.
    virtual void give_back_reserve() = 0;
    /// Exclusive, not waiting. False: somebody else holds it.
    virtual result<bool> try_lock() = 0;
    /// The same, waiting.
    virtual result<void> wait_for_lock() = 0;
    /// Lets go of it, and of its lock. Some file systems tell only now that something written and
    /// not synced was lost; whatever is told, it is closed. Then, and when it was closed already,
    /// nothing but its name may be asked.
    virtual result<void> close() = 0;
    /// When it was written last.
    virtual result<std::chrono::system_clock::time_point> modified() = 0;
    virtual const path& name() const = 0;
    /// It was renamed: errors name it so from now on. Nothing of it is under way.
    virtual void is_now(path name) = 0;
};

enum class open_mode { read = 1, write, create };

class file_system {
  public:
    virtual ~file_system() = default;
    virtual result<std::unique_ptr<file>> open(const path& name, open_mode mode) = 0;
    virtual result<void> rename(const path& from, const path& to) = 0;
    virtual result<void> remove(const path& name) = 0;
    virtual result<void> sync_directory(const path& name) = 0;
    /// 0700; success when it is there already.
    virtual result<void> make_directory(const path& name) = 0;
    /// The name of the network file system that a directory lies on; empty: on none that is known.
    virtual result<std::string> network_of(const path& name) = 0;
    /// Of the disk that a directory lies on.
    virtual result<disk_room> room_of(const path& name) = 0;
    /// Names of what lies in a directory, in no order.
    virtual result<std::vector<std::string>> list(const path& name) = 0;
};

/// The machine's own.
file_system& real_files();

/// The whole of a small file. Errors: not_found; limit_exceeded above 1 MiB.
result<byte_vector> read_small(file_system& files, const path& name);

} // namespace sluice::log
