// stream: events without key, headers and timestamp, collected into batches.
#pragma once

#include <sluice/base/hash.hpp>
#include <sluice/stream/format.hpp>

namespace sluice {

/// A fragment gets a batch of its own; others share one until it has the size of a block.
class value_batches {
  public:
    explicit value_batches(position first) : next_(first) {}

    bool empty() const { return body_.empty(); }

    result<void> add(const record& each, const object_decoder::deliver& to) {
        if (each.part) {
            auto before = deliver_all(to);
            if (!before) return before.error();
        }
        append_avro_record(body_, each);
        return each.part || body_.size() >= block_grid_bytes ? deliver_all(to) : result<void>();
    }

    result<void> deliver_all(const object_decoder::deliver& to) {
        if (body_.empty()) return {};
        auto batch = describe_body(body_, next_);
        if (!batch) return batch.error();
        next_ = batch->next;
        auto taken = to(*batch);
        body_.clear();
        return taken;
    }

  private:
    position next_;
    byte_vector body_;
};

} // namespace sluice
