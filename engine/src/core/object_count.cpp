// engine: how many objects and requests a run of blocks becomes.
#include "object_count.hpp"

namespace sluice {

void object_count::add(const block_shape& block) {
    if (open_ && (open_->full() || !open_->accepts(block))) end();
    if (!open_) open_.emplace(block.outline.first, object_bytes_, header_);
    open_->add(block);
}

void object_count::end() {
    if (!open_) return;
    const std::uint64_t in_parts = (open_->bytes() + part_size_ - 1) / part_size_;
    ++objects;
    parts += in_parts;
    events += open_->events();
    bytes += open_->bytes();
    // An object of one part is one PUT; others are created and completed beside their parts.
    requests.puts += in_parts == 1 ? 1 : in_parts + 2;
    ++requests.puts; // its commit
    open_.reset();
}

double price_of(const planned_requests& requests) {
    return static_cast<double>(requests.puts) * s3_prices::per_put +
           static_cast<double>(requests.gets) * s3_prices::per_get;
}

} // namespace sluice
