// simulation: a disk in memory that knows what a power failure would leave of it.
#pragma once

#include "life.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::simulation {

/// The content of one file.
struct disk_content {
    std::string now;
    const void* locked_by = nullptr;

    void write(std::uint64_t at, std::string_view bytes);
    void cut(std::uint64_t size);
    void sync() { unsynced_.clear(); }
    /// The power fails: of each change since the last sync, each sector is there or not.
    void lose(std::mt19937_64& random);

  private:
    struct change {
        std::uint64_t at = 0;
        std::string before; ///< what was overwritten
        std::string after;
        std::uint64_t size_before = 0;
        bool is_cut = false;
    };
    std::vector<change> unsynced_;
};

/// One machine's disk: files by full name. Folders need not be made.
struct machine_disk {
    using names = std::map<std::string, std::shared_ptr<disk_content>>;
    names files;
    names durable; ///< as the folders on the platters have them

    void sync_folder(const std::string& folder);
    void fail_power(std::mt19937_64& random);
    /// As a backup would have it. What is open goes on in the disk that was.
    machine_disk copy() const;
};

} // namespace sluice::simulation
