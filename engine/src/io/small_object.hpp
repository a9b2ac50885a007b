// engine: an object that is read whole into memory.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// The whole object; nullopt when it does not exist. Errors: damaged_object above `largest` bytes;
/// what the store says.
task<result<std::optional<std::string>>> fetch_small(
    s3::object_store& store, std::string bucket, std::string key, std::uint64_t largest, deadline by
);

failure damaged_commit(
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t number,
    const std::string& how
);

} // namespace sluice
