// engine: an object that is not as committed may have been replaced since the commits were read.
#pragma once

#include <sluice/engine/catalogue.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace sluice {

/// Whether a commit numbered `from` or higher puts another object in the place of one of `keys`
/// (relative to the folder). Then nothing is damaged: whoever read only the commits before reads
/// them again. Errors: damaged_object for a broken commit; what the store says.
task<result<bool>> replaced_since(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t from,
    const std::set<std::string>& keys,
    deadline by
);

} // namespace sluice
