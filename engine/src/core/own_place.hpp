// engine: what the name of an object tells that an export wrote, where no commit is asked. Pure.
#pragma once

#include <sluice/stream/position.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// `{folder}partition={p}/{first}-{epoch}-{nonce}.{extension}`.
struct own_place {
    std::string folder;
    position first;
    std::string extension;
};
std::optional<own_place> own_place_of(std::string_view key);

/// Both are of one partition of one export, in one format.
bool same_partition(const own_place& a, const own_place& b);

/// The number of a folder `partition=N/` in a key, and how much of the key that folder is.
struct partition_folder {
    std::uint32_t partition = 0;
    std::size_t size = 0;
};
std::optional<partition_folder> partition_folder_of(std::string_view key);

} // namespace sluice
