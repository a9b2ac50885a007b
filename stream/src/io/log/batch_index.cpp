// stream: the batches of one segment that readers may see, with the block grid marked on them.
#include "batch_index.hpp"

#include <sluice/stream/error.hpp>
#include <sluice/stream/event.hpp>

#include <algorithm>

namespace sluice::log {

batch_index::batch_index(const stream_place& at, std::shared_ptr<segment> of, const seed& with)
    : place_(at), segment_(std::move(of)), scanner_(*segment_, with) {}

failure batch_index::damaged_at(std::uint64_t at, const std::string& why) const {
    return stream_failure(
        stream_errc::damaged,
        "stream " + place_.about.name + ": " + segment_->bytes->name().string() + ", byte " +
            std::to_string(at) + ": " + why + "; events from " + to_string(end()) +
            " on cannot be read"
    );
}

void batch_index::show(const indexed_batch& batch) {
    batches_.push_back(batch);
    block_bytes_ += batch.header.body_bytes;
    if (block_bytes_ < block_grid_bytes) return;
    batches_.back().ends_block = true;
    block_bytes_ = 0;
}

void batch_index::take(const scanned& batch) {
    if (batch.batch.abandons) {
        open_event_.clear(); // readers never see what was given up
        return;
    }
    if (batch.batch.records == 0) return; // progress only
    indexed_batch entry;
    entry.body_at = batch.at + batch_header_size;
    entry.header = batch.batch;
    open_event_.push_back(entry);
    if (batch.batch.next.offset != 0) return;
    for (const indexed_batch& each : open_event_)
        show(each);
    open_event_.clear();
}

result<void> batch_index::extend(std::uint64_t durable_address) {
    const std::uint64_t base = segment_->header.address;
    const std::uint64_t limit = durable_address > base ? durable_address - base : 0;
    while (!sealed_ && scanner_.position() < limit) {
        auto next = scanner_.next(limit);
        if (!next) return next.error();
        switch (next->what) {
        case scanned::kind::batch:
            take(*next);
            break;
        case scanned::kind::footer:
            sealed_ = true;
            if (!batches_.empty())
                batches_.back().ends_block = true; // a block never lies in two segments
            break;
        case scanned::kind::end:
            return damaged_at(next->at, "the file ends before its durable end");
        case scanned::kind::bad:
            return damaged_at(next->at, next->because.why);
        }
    }
    return result<void>();
}

std::size_t batch_index::find(const position& from) const {
    const auto after = [](const position& place, const indexed_batch& batch) {
        return place < batch.header.next;
    };
    return static_cast<std::size_t>(
        std::upper_bound(batches_.begin(), batches_.end(), from, after) - batches_.begin()
    );
}

} // namespace sluice::log
