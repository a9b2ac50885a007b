// engine: what all commits of a partition add up to.
#include "commit_page.hpp"

#include <sluice/engine/partition_survey.hpp>

#include <algorithm>

namespace sluice {

namespace {

constexpr std::size_t most_recent_bytes = std::size_t{1} << 20;

/// What a commit takes in memory, about.
std::size_t memory_of(const commit& what) {
    std::size_t bytes = 1024 + 100 * what.expired_keys.size();
    for (const committed_object& each : what.objects)
        bytes += 512 + sizeof(piece) * each.pieces.size();
    return bytes;
}

} // namespace

partition_survey::partition_survey(std::uint32_t partition)
    : partition_(partition), first_{partition, 0, 0}, end_{partition, 0, 0} {}

void partition_survey::note(const commit& next) {
    if (commits_ == 0) first_ = end_ = next.next;
    if (commits_ % commits_per_page == 0) begins_.push_back(end_);
    ++commits_;
    end_ = next.next;
    fingerprint_ = next.fingerprint;
    released_ = next.kind == commit_kind::release;
    if (next.kind == commit_kind::claim) claim_ = next;
    if (next.kind == commit_kind::gap) ++gaps_;
    if (next.kind == commit_kind::replace) replaced_[next.objects.front().first] = next.number;
    expired_.insert(next.expired_keys.begin(), next.expired_keys.end());
    recent_.push_back(next);
    recent_bytes_ += memory_of(next);
    while (recent_bytes_ > most_recent_bytes) {
        recent_bytes_ -= memory_of(recent_.front());
        recent_.pop_front();
    }
}

const commit* partition_survey::recent(std::uint64_t number) const {
    const std::uint64_t first = commits_ - recent_.size();
    if (number < first || number >= commits_) return nullptr;
    return &recent_[number - first];
}

std::optional<std::uint64_t> partition_survey::replacement(position first) const {
    const auto found = replaced_.find(first);
    if (found == replaced_.end()) return std::nullopt;
    return found->second;
}

std::uint64_t partition_survey::number_before(position from) const {
    // A gap before the page may reach to the end of the event that it ends in.
    const auto behind =
        std::partition_point(begins_.begin(), begins_.end(), [from](const position& each) {
            return each.sequence < from.sequence;
        });
    const auto pages = static_cast<std::uint64_t>(behind - begins_.begin());
    return pages == 0 ? 0 : (pages - 1) * commits_per_page;
}

} // namespace sluice
