// engine: what of an export a stream holds that an import filled.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct imported_partition {
    std::uint32_t target = 0; ///< of the stream
    import_progress progress;
};

/// By the export's partitions. Those that are not named, the import does not take.
struct imported_stream {
    std::string name;
    std::map<std::uint32_t, imported_partition> partitions;
};

/// What the import that filled a partition left out, told by the partition's progress: "events 0/5
/// up to 0/9", or addresses of objects; the first hundred (sixteen objects), and how many more. Of
/// a progress that no import wrote: nothing.
std::vector<std::string> left_out_of(std::string_view progress);

/// `progress` is what each partition of stream `name` tells. nullopt: no import from an export of
/// that stream and incarnation has filled it.
std::optional<imported_stream> find_import(
    const std::string& name,
    const std::vector<std::string>& progress,
    const stream_document& exported
);

} // namespace sluice
