// engine: which partition of the stream an object goes to that no commit names. Pure.
#pragma once

#include "listing_order.hpp"

#include <sluice/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// All into one; or, `kept`, what lies in a folder `partition=N/` into one of its own.
struct listing_partitions {
    bool kept = false;
    std::vector<partition_pair> named; ///< with `kept`, empty: each under its own number

    /// As listing_options::keep_partitions and import_spec::partitions say it.
    static listing_partitions of(bool kept, std::vector<partition_pair> named);

    /// As the progress keeps it: "keep", "2=0,5=1"; without `kept`, as to_string of the named ones.
    std::string text() const;
    /// How many a stream needs for what was listed.
    std::uint32_t needed(std::string_view prefix, const std::vector<foreign_object>& listed) const;
};

/// The objects by target, of a stream with so many partitions; keys begin with `prefix`. Errors:
/// engine_errc::usage, naming an object, where one lies in no such folder, or in one of which the
/// stream has no partition.
result<std::vector<std::vector<foreign_object>>> divide(
    const listing_partitions& by,
    std::string_view prefix,
    std::uint32_t partitions,
    std::vector<foreign_object> listed
);

} // namespace sluice
