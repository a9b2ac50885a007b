// engine: the partitions that an import moves, and whether a stream was filled from these.
#include "partition_choice.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

failure contradicts(std::string how) {
    failure why;
    why.code = engine_errc::usage;
    why.where = std::move(how);
    return why;
}

std::vector<partition_pair> share_of(listing_shard shard, std::uint32_t partitions) {
    std::vector<partition_pair> pairs;
    for (std::uint64_t n = shard.number - 1; n < partitions; n += shard.of)
        pairs.push_back({static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(pairs.size())});
    return pairs;
}

std::vector<partition_pair> all_of(std::uint32_t partitions) {
    std::vector<partition_pair> pairs;
    for (std::uint32_t n = 0; n < partitions; ++n)
        pairs.push_back({n, n});
    return pairs;
}

} // namespace

result<partition_choice> choose_partitions(
    const std::vector<partition_pair>& named, listing_shard shard, std::uint32_t partitions
) {
    partition_choice choice;
    choice.pairs = named;
    if (shard.of > 0) choice.pairs = share_of(shard, partitions);
    if (shard.of > 0 && choice.pairs.empty())
        return contradicts(
            "--shard " + std::to_string(shard.number) + "/" + std::to_string(shard.of) +
            ": the export has " + std::to_string(partitions) +
            " partitions, so there are no more shards than that"
        );
    if (choice.pairs.empty()) choice.pairs = all_of(partitions);
    std::ranges::sort(choice.pairs, {}, &partition_pair::target);
    for (const partition_pair& each : choice.pairs) {
        if (each.source >= partitions)
            return contradicts(
                "--partitions: the export has no partition " + std::to_string(each.source) +
                ", only 0 to " + std::to_string(partitions - 1)
            );
    }
    choice.targets = static_cast<std::uint32_t>(choice.pairs.size());
    choice.whole = choice.pairs == all_of(partitions);
    return choice;
}

result<void>
check_places(const std::string& option, const places& what, const partition_choice& choice) {
    for (const auto& [partition, place] : what.each) {
        const std::uint32_t named = partition;
        const bool chosen = std::ranges::any_of(choice.pairs, [named](const partition_pair& each) {
            return each.source == named;
        });
        if (!chosen)
            return contradicts(
                option + ": partition " + std::to_string(named) +
                " is not one of those that are imported: " + to_string(choice.pairs)
            );
    }
    return result<void>();
}

result<void> fits_stream(
    const partition_choice& choice,
    const std::string& stream,
    const std::vector<std::optional<import_progress>>& filled
) {
    std::vector<partition_pair> before;
    for (std::uint32_t n = 0; n < filled.size(); ++n)
        if (filled[n]) before.push_back({filled[n]->at.partition, n});
    bool fits = filled.size() == choice.targets;
    for (const partition_pair& each : before)
        fits = fits && std::ranges::find(choice.pairs, each) != choice.pairs.end();
    if (fits) return result<void>();
    const std::string words = to_string(before);
    std::string how = "stream " + stream + " has " + std::to_string(filled.size()) + " partitions";
    if (!before.empty()) how += ", filled from the export's " + words;
    how += "; this import would fill " + std::to_string(choice.targets) + " from " +
           to_string(choice.pairs) + ": ";
    if (!before.empty()) how += "give the same --partitions or --shard as before, or ";
    return contradicts(how + "import into a stream that does not exist yet");
}

} // namespace sluice
