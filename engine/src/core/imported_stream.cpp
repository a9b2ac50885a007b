// engine: what of an export a stream holds that an import filled.
#include "left_out.hpp"
#include "listing_order.hpp"

#include <sluice/engine/imported_stream.hpp>

#include <utility>

namespace sluice {

std::vector<std::string> left_out_of(std::string_view progress) {
    std::vector<std::string> names;
    std::uint64_t count = 0;
    if (progress.empty()) return names;
    if (const auto filled = decode_import_progress(progress)) {
        names = names_of(filled->left_out);
        count = filled->left_out.count;
    } else if (const auto listed = decode_listing_progress(progress)) {
        for (const std::string& key : listed->left_out_first)
            names.push_back("s3://" + listed->bucket + "/" + key);
        count = listed->left_out;
    }
    if (count > names.size()) names.push_back(std::to_string(count - names.size()) + " more");
    return names;
}

std::optional<imported_stream> find_import(
    const std::string& name,
    const std::vector<std::string>& progress,
    const stream_document& exported
) {
    imported_stream found;
    found.name = name;
    bool same_numbers = progress.size() == exported.partitions;
    for (std::uint32_t n = 0; n < progress.size(); ++n) {
        if (progress[n].empty()) continue;
        auto known = decode_import_progress(progress[n]);
        const bool ours =
            known && known->incarnation == exported.incarnation && known->stream == exported.name;
        if (!ours) return std::nullopt;
        const std::uint32_t source = known->at.partition;
        same_numbers = same_numbers && source == n;
        found.partitions[source] = imported_partition{n, std::move(*known)};
    }
    if (found.partitions.empty()) return std::nullopt;
    // An import of other partitions, or under other numbers, tells so in all of them from its
    // beginning on.
    for (std::uint32_t n = 0; same_numbers && n < exported.partitions; ++n) {
        import_progress not_begun;
        not_begun.at.partition = n;
        found.partitions.try_emplace(n, imported_partition{n, not_begun});
    }
    return found;
}

} // namespace sluice
