// stream: a new segment on disk.
#include "segment_make.hpp"

#include <sluice/base/error.hpp>

#include <utility>

namespace sluice::log {

namespace {

/// What a crash left there may be another name of a living segment: never cut, always removed.
result<std::unique_ptr<file>> open_fresh(const stream_place& at, std::uint32_t partition) {
    auto left_over = remove_prepared(at, partition);
    if (!left_over) return left_over.error();
    return at.files->open(at.fresh_segment(partition), open_mode::create);
}

failure no_room_to_prepare(const stream_place& at) {
    return stream_failure(
        errc::disk_full, "stream " + at.about.name + ": no room to reserve a segment"
    );
}

} // namespace

result<void> remove_prepared(const stream_place& at, std::uint32_t partition) {
    auto removed = at.files->remove(at.fresh_segment(partition));
    if (!removed && removed.error().code != errc::not_found) return removed;
    return result<void>();
}

result<std::unique_ptr<file>>
prepare_segment(const stream_place& at, std::uint32_t partition, std::uint64_t bytes) {
    auto room = at.files->room_of(at.directory);
    if (!room) return room.error();
    if (!has_room_for_segment(*room, bytes)) return no_room_to_prepare(at);
    auto opened = open_fresh(at, partition);
    if (!opened) return opened;
    auto reserved = (*opened)->reserve(bytes);
    if (reserved) return opened;
    static_cast<void>(remove_prepared(at, partition));
    return reserved.error();
}

result<std::shared_ptr<segment>> make_segment(
    const stream_place& at,
    std::uint32_t partition,
    segment_header header,
    std::unique_ptr<file> prepared
) {
    const path fresh = at.fresh_segment(partition);
    result<std::unique_ptr<file>> opened = std::move(prepared);
    if (!*opened) opened = open_fresh(at, partition);
    if (!opened) return opened.error();
    const byte_vector bytes = encode(header);
    const bytes_view pieces[] = {bytes};
    const path named = at.segment(partition, {header.ordinal, header.base.sequence});
    auto made = (*opened)->write(0, pieces);
    if (made) made = (*opened)->sync();
    if (made) made = at.files->rename(fresh, named);
    if (!made) {
        const auto removed = at.files->remove(fresh); // it may hold the last room there is
        static_cast<void>(removed);
        return made.error();
    }
    (*opened)->is_now(named);
    auto synced = at.files->sync_directory(at.partition(partition));
    if (!synced) return synced.error();
    auto made_segment = std::make_shared<segment>();
    made_segment->bytes = std::move(*opened);
    made_segment->header = std::move(header);
    made_segment->first_batch = bytes.size();
    return made_segment;
}

} // namespace sluice::log
