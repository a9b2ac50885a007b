// stream: one partition as a reader sees it.
#include "partition_view.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>
#include <string>

namespace sluice::log {

namespace {

constexpr std::size_t indexes_kept = 3;

failure unreadable(failure why, const position& from) {
    if (why.code == errc::io_error)
        why.where += "; events from " + to_string(from) + " on cannot be read";
    return why;
}

} // namespace

partition_view::partition_view(const stream_place& at, std::uint32_t partition, const seed& with)
    : at_(at), partition_(partition), with_(with) {}

result<watermark> partition_view::look() {
    if (!mark_open_) {
        auto opened = at_.files->open(at_.watermark_file(partition_), open_mode::read);
        if (!opened && opened.error().code == errc::not_found)
            return watermark(); // nobody has written yet
        if (!opened) return opened.error();
        mark_ = slot_file(std::move(*opened), watermark_payload);
        mark_open_ = true;
    }
    auto stored = mark_.load();
    if (!stored) return stored.error();
    if (*stored) {
        const watermark now = decode_watermark(**stored);
        // A slot that is being written shows the one before it: what was seen durable stays so.
        if (now.durable_address > seen_.durable_address) seen_ = now;
    }
    return seen_;
}

result<void> partition_view::list() {
    auto listed = list_segments(at_, partition_);
    if (!listed) return listed.error();
    segments_ = std::move(*listed);
    return result<void>();
}

result<position> partition_view::first() {
    auto listed = list();
    if (!listed) return listed.error();
    position first{partition_, 0, 0};
    if (!segments_.empty()) first.sequence = segments_.front().base_sequence;
    return first;
}

result<batch_index*> partition_view::index_of(std::size_t segment, const position& until) {
    const segment_place& place = segments_[segment];
    auto found = std::ranges::find(indexes_, place.ordinal, &kept::ordinal);
    if (found == indexes_.end()) {
        auto opened = open_segment(at_, partition_, place, open_mode::read);
        if (!opened)
            return unreadable(opened.error(), position{partition_, place.base_sequence, 0});
        kept fresh;
        fresh.ordinal = place.ordinal;
        fresh.index = std::make_unique<batch_index>(at_, std::move(*opened), with_);
        indexes_.push_front(std::move(fresh));
        if (indexes_.size() > indexes_kept) indexes_.pop_back();
    } else if (found != indexes_.begin()) {
        std::rotate(indexes_.begin(), found, found + 1);
    }
    batch_index* index = indexes_.front().index.get();
    auto extended = index->extend(seen_.durable_address, until);
    if (!extended) return extended.error();
    return index;
}

/// An index that has a whole block there: what has been seen stays as it is.
batch_index* partition_view::known_at(const position& from) {
    const auto found = std::ranges::find_if(indexes_, [&from](const kept& each) {
        return each.index->has_whole(from);
    });
    return found == indexes_.end() ? nullptr : found->index.get();
}

/// Of those listed.
std::optional<std::size_t> partition_view::segment_for(const position& from) const {
    if (segments_.empty()) return std::nullopt;
    const auto behind =
        std::ranges::upper_bound(segments_, from.sequence, {}, &segment_place::base_sequence);
    if (behind == segments_.begin()) return 0;
    return static_cast<std::size_t>(behind - segments_.begin() - 1);
}

/// What was seen durable stays so: a whole block below it is found without looking again.
result<batch_index*> partition_view::seen_at(const position& from) {
    if (batch_index* known = known_at(from)) return known;
    const auto which = segment_for(from);
    if (!which) return nullptr;
    const auto open = std::ranges::find(indexes_, segments_[*which].ordinal, &kept::ordinal);
    if (open == indexes_.end()) return nullptr;
    auto index = index_of(*which, from);
    if (!index || (*index)->has_whole(from)) return index;
    return nullptr;
}

result<batch_index*> partition_view::index_at(const position& from) {
    auto seen = seen_at(from);
    if (!seen || *seen != nullptr) return seen;
    auto looked = look();
    if (!looked) return looked.error();
    // A segment that begins at or before the end is listed again only when the known ones do not
    // reach.
    auto which = segment_for(from);
    if (!which || *which + 1 == segments_.size()) {
        auto listed = list();
        if (!listed) return listed.error();
        which = segment_for(from);
    }
    if (!which) {
        auto whole = nothing_behind(0);
        if (!whole) return whole.error();
        return static_cast<batch_index*>(nullptr);
    }
    auto index = index_of(*which, from);
    // What was given up may fill whole segments: any number of them shows nothing.
    while (index && (*index)->sealed() && !(*index)->find(from)) {
        const segment& sealed = (*index)->of();
        auto next = behind(sealed.header.ordinal);
        if (!next) return next.error();
        if (!*next) {
            auto whole = ends_with(sealed);
            if (!whole) return whole.error();
            return index;
        }
        index = index_of(**next, from);
    }
    return index;
}

/// The watermark was looked at before the segments were listed: what it tells of was there.
result<void> partition_view::nothing_behind(std::uint64_t address) const {
    const bool promised = at_.about.durability != "relaxed";
    if (!promised || seen_.durable_address <= address) return result<void>();
    const std::string which =
        segments_.empty() ? "no segment is there" : "its last segments are gone";
    return stream_failure(
        stream_errc::damaged,
        "stream " + at_.about.name + ": " + at_.partition(partition_).string() + ": " + which +
            ", though events up to " + to_string(position{partition_, seen_.next_sequence, 0}) +
            " were stored"
    );
}

result<void> partition_view::ends_with(const segment& last) const {
    const bool removed = !segments_.empty() && segments_.front().ordinal > last.header.ordinal;
    if (removed) return result<void>(); // by retention, while it was read
    auto size = last.bytes->size();
    if (!size) return size.error();
    return nothing_behind(last.header.address + *size);
}

result<std::optional<std::size_t>> partition_view::behind(std::uint64_t ordinal) {
    const std::uint64_t wanted = ordinal + 1;
    const auto known = [this, wanted]() -> std::optional<std::size_t> {
        const auto found = std::ranges::find(segments_, wanted, &segment_place::ordinal);
        if (found == segments_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - segments_.begin());
    };
    if (const auto which = known()) return which;
    auto listed = list(); // it may have begun since
    if (!listed) return listed.error();
    return known();
}

} // namespace sluice::log
