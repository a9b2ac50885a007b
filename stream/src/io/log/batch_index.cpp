// stream: the blocks of one segment that readers may see, and the batches in them.
#include "batch_index.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event.hpp>

#include <algorithm>
#include <utility>

namespace sluice::log {

const std::vector<indexed_batch>& visible_batches::take(const scanned& batch) {
    shown_.clear();
    if (batch.batch.abandons) held_.clear(); // readers never see what was given up
    if (batch.batch.records == 0) return shown_;
    indexed_batch entry;
    entry.body_at = batch.at + batch_header_size;
    entry.header = batch.batch;
    held_.push_back(entry);
    if (batch.batch.next.offset == 0) std::swap(held_, shown_);
    return shown_;
}

namespace {

/// The only one of a block, as far as readers need it: its header need not be read again.
indexed_batch only_batch(const indexed_block& of) {
    indexed_batch only;
    only.body_at = of.at + batch_header_size;
    batch_header& header = only.header;
    header.first = of.outline.first;
    header.next = of.outline.next;
    header.records = static_cast<std::uint32_t>(of.outline.records);
    header.events = static_cast<std::uint32_t>(of.outline.events);
    header.times = of.outline.times;
    header.body_bytes = header.record_bytes = static_cast<std::uint32_t>(of.outline.body_bytes);
    header.body_crc64 = header.records_crc64 = of.outline.body_crc64;
    return only;
}

} // namespace

batch_index::batch_index(const stream_place& at, std::shared_ptr<segment> of, const seed& with)
    : place_(at), with_(with), segment_(std::move(of)), scanner_(*segment_, with) {}

position batch_index::end() const {
    if (!open_batches_.empty()) return open_.outline.next;
    return blocks_.empty() ? segment_->header.base : blocks_.back().outline.next;
}

failure batch_index::refused_at(const scanned& found) const {
    error_code code = stream_errc::damaged;
    if (found.because.newer) code = errc::unsupported_version;
    const bool short_file = found.what == scanned::kind::end;
    const std::string how = short_file ? "the file ends before its durable end" : found.because.why;
    return stream_failure(
        code,
        "stream " + place_.about.name + ": " + segment_->bytes->name().string() + ", byte " +
            std::to_string(found.at) + ": " + how + "; events from " + to_string(end()) +
            " on cannot be read"
    );
}

failure batch_index::unreadable(failure why) const {
    why.where = "stream " + place_.about.name + ": " + why.where + "; events from " +
                to_string(end()) + " on cannot be read";
    return why;
}

void batch_index::close_block() {
    open_.outline.on_grid = true;
    blocks_.push_back(open_);
    loaded_ = std::exchange(open_batches_, {});
    loaded_at_ = open_.at;
    open_ = indexed_block();
}

void batch_index::show(const indexed_batch& batch) {
    const batch_header& header = batch.header;
    block_outline& outline = open_.outline;
    if (open_batches_.empty()) {
        outline.first = header.first;
        open_.at = batch.body_at - batch_header_size;
        open_.first_stored = header.stored_bytes();
    }
    open_.one_batch = open_batches_.empty() && header.codec == batch_codec::none;
    outline.next = header.next;
    outline.records += header.records;
    outline.events += header.events;
    outline.times = merge(outline.times, header.times);
    outline.body_crc64 =
        crc64nvme_combine(outline.body_crc64, header.records_crc64, header.record_bytes);
    outline.body_bytes += header.record_bytes;
    open_.end = batch.body_at - batch_header_size + header.stored_bytes();
    open_batches_.push_back(batch);
    if (outline.body_bytes >= block_grid_bytes) close_block();
}

result<void> batch_index::extend(std::uint64_t durable_address, const position& until) {
    const std::uint64_t base = segment_->header.address;
    const std::uint64_t limit = durable_address > base ? durable_address - base : 0;
    const auto reached = [this, &until] {
        return sealed_ || (!blocks_.empty() && blocks_.back().outline.next > until);
    };
    while (!reached() && scanner_.position() < limit) {
        auto next = scanner_.next(limit);
        if (!next) return unreadable(next.error());
        if (next->what == scanned::kind::batch) {
            for (const indexed_batch& each : visible_.take(*next))
                show(each);
        } else if (next->what == scanned::kind::footer) {
            sealed_ = true;
            if (!open_batches_.empty()) close_block(); // a block never lies in two segments
        } else {
            return refused_at(*next);
        }
    }
    return result<void>();
}

const indexed_block* batch_index::find(const position& from) const {
    const auto found = std::ranges::upper_bound(blocks_, from, {}, [](const indexed_block& each) {
        return each.outline.next;
    });
    if (found != blocks_.end()) return &*found;
    return !open_batches_.empty() && from < open_.outline.next ? &open_ : nullptr;
}

bool batch_index::has_whole(const position& place) const {
    const indexed_block* found = find(place);
    return found != nullptr && found != &open_ && found->outline.first <= place;
}

const indexed_block* batch_index::before(const position& place) const {
    if (!open_batches_.empty() && open_.outline.first < place) return &open_;
    const auto found = std::ranges::lower_bound(blocks_, place, {}, [](const indexed_block& each) {
        return each.outline.first;
    });
    return found == blocks_.begin() ? nullptr : &*std::prev(found);
}

result<const std::vector<indexed_batch>*> batch_index::batches_of(const indexed_block& block) {
    if (&block == &open_) return &open_batches_;
    if (loaded_at_ == block.at) return &loaded_;
    loaded_at_ = 0;
    loaded_.clear();
    if (block.one_batch) {
        loaded_.push_back(only_batch(block));
        loaded_at_ = block.at;
        return &loaded_;
    }
    segment_scanner scanner(*segment_, with_);
    scanner.go_to(block.at);
    scanner.expect(block.first_stored);
    visible_batches visible;
    while (scanner.position() < block.end) {
        auto next = scanner.next(block.end);
        if (!next) return next.error();
        if (next->what != scanned::kind::batch) return refused_at(*next);
        const auto& shown = visible.take(*next);
        loaded_.insert(loaded_.end(), shown.begin(), shown.end());
    }
    // The block may end inside an event; what is in it is known to be visible.
    loaded_.insert(loaded_.end(), visible.held().begin(), visible.held().end());
    loaded_at_ = block.at;
    return &loaded_;
}

} // namespace sluice::log
