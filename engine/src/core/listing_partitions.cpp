// engine: which partition of the stream an object goes to that no commit names.
#include "listing_partitions.hpp"

#include "own_place.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint32_t most_partitions = 4096; // that a stream may have

std::optional<std::uint32_t> source_of(std::string_view prefix, const foreign_object& object) {
    const std::string_view key = object.key;
    const auto folder = partition_folder_of(key.substr(std::min(prefix.size(), key.size())));
    return folder ? std::optional(folder->partition) : std::nullopt;
}

std::optional<std::uint32_t> target_of(const listing_partitions& by, std::uint32_t source) {
    if (by.named.empty()) return source;
    const auto found = std::ranges::find(by.named, source, &partition_pair::source);
    return found == by.named.end() ? std::nullopt : std::optional(found->target);
}

/// The folders that are there as they would be named, all or the first few: "0=0,5=1".
std::string named_pairs(std::string_view prefix, const std::vector<foreign_object>& objects) {
    constexpr std::size_t most = 8;
    std::set<std::uint32_t> sources;
    for (const foreign_object& each : objects)
        if (const auto source = source_of(prefix, each)) sources.insert(*source);
    std::string pairs;
    std::size_t target = 0;
    for (const std::uint32_t source : sources) {
        if (target == most) return pairs + ",…";
        pairs += (target > 0 ? "," : "") + std::to_string(source) + "=" + std::to_string(target);
        ++target;
    }
    return pairs.empty() ? "0=0" : pairs;
}

const char* const in_no_folder =
    "lies in no folder partition=N/; without --partitions keep all objects go into one partition, "
    "and with --partitions ";
const char* const passed = " others are passed over";

std::string too_few(std::uint32_t partitions) {
    return "the stream has " + std::to_string(partitions) +
           " partitions, for ever; import into another stream, or name those that are to come "
           "with --partitions ";
}

failure unplaced(const foreign_object& object, const std::string& how) {
    failure why;
    why.code = engine_errc::usage;
    why.where = object.key + ": " + how;
    return why;
}

} // namespace

listing_partitions listing_partitions::of(bool kept, std::vector<partition_pair> named) {
    listing_partitions by;
    by.kept = kept;
    by.named = std::move(named);
    if (kept) {
        std::ranges::sort(by.named, {}, &partition_pair::target); // however they are named
        return by;
    }
    // As they were numbered when they were named.
    for (std::size_t n = 0; n < by.named.size(); ++n)
        by.named[n].target = static_cast<std::uint32_t>(n);
    return by;
}

std::string listing_partitions::text() const {
    if (!kept) return to_string(named);
    std::string pairs;
    for (const partition_pair& each : named)
        pairs += (pairs.empty() ? "" : ",") + std::to_string(each.source) + "=" +
                 std::to_string(each.target);
    return pairs.empty() ? "keep" : pairs;
}

std::uint32_t listing_partitions::needed(
    std::string_view prefix, const std::vector<foreign_object>& listed
) const {
    if (!kept) return 1;
    if (!named.empty()) return static_cast<std::uint32_t>(named.size());
    std::uint32_t most = 1;
    for (const foreign_object& each : listed) {
        const auto source = source_of(prefix, each);
        if (source && *source < most_partitions) most = std::max(most, *source + 1);
    }
    return most;
}

result<std::vector<std::vector<foreign_object>>> divide(
    const listing_partitions& by,
    std::string_view prefix,
    std::uint32_t partitions,
    std::vector<foreign_object> listed
) {
    std::vector<std::vector<foreign_object>> divided(partitions);
    if (!by.kept) {
        divided.front() = std::move(listed);
        return divided;
    }
    std::vector<std::uint32_t> targets;
    for (const foreign_object& each : listed) {
        const auto source = source_of(prefix, each);
        if (!source) return unplaced(each, in_no_folder + named_pairs(prefix, listed) + passed);
        const auto target = target_of(by, *source);
        if (!target || *target >= partitions)
            return unplaced(each, too_few(partitions) + named_pairs(prefix, listed));
        targets.push_back(*target);
    }
    for (std::size_t n = 0; n < listed.size(); ++n)
        divided[targets[n]].push_back(std::move(listed[n]));
    return divided;
}

} // namespace sluice
