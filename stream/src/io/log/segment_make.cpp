// stream: a new segment on disk.
#include "segment_make.hpp"

#include <utility>

namespace sluice::log {

result<std::shared_ptr<segment>>
make_segment(const stream_place& at, std::uint32_t partition, segment_header header) {
    const path fresh = at.fresh_segment(partition);
    auto opened = at.files->open(fresh, open_mode::create);
    if (!opened) return opened.error();
    const byte_vector bytes = encode(header);
    const bytes_view pieces[] = {bytes};
    const segment_place place{header.ordinal, header.base.sequence};
    auto made = (*opened)->cut(0);
    if (made) made = (*opened)->write(0, pieces);
    if (made) made = (*opened)->sync();
    if (made) made = at.files->rename(fresh, at.segment(partition, place));
    if (!made) {
        const auto removed = at.files->remove(fresh); // it may hold the last room there is
        static_cast<void>(removed);
        return made.error();
    }
    auto synced = at.files->sync_directory(at.partition(partition));
    if (!synced) return synced.error();
    auto made_segment = std::make_shared<segment>();
    made_segment->bytes = std::move(*opened);
    made_segment->header = std::move(header);
    made_segment->first_batch = bytes.size();
    return made_segment;
}

} // namespace sluice::log
