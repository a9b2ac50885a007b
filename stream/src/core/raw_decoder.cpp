// stream: `raw` content cut into events of one size, whatever the cuts of the bytes that arrive.
#include "value_batches.hpp"

#include <sluice/stream/values.hpp>

#include <algorithm>

namespace sluice {

namespace {

class raw_decoder final : public value_decoder {
  public:
    raw_decoder(position first, std::size_t event_bytes)
        : batches_(first), at_(first), event_bytes_(event_bytes) {}

    result<void> enter(position) override { return {}; }

    result<void> feed(bytes_view more, const deliver& to) override {
        while (!more.empty()) {
            const std::size_t size = std::min(more.size(), event_bytes_ - value_.size());
            append(value_, more.first(size));
            more = more.subspan(size);
            fed_ += size;
            auto ended = value_.size() == event_bytes_ ? end_event(to) : result<void>();
            if (!ended) return ended.error();
        }
        return {};
    }

    result<void> flush(const deliver& to) override { return batches_.deliver_all(counted(to)); }

    result<void> finish(const deliver& to) override {
        auto ended = value_.empty() ? result<void>() : end_event(to);
        if (!ended) return ended.error();
        return flush(to);
    }

    position reached() const override { return at_; }
    std::uint64_t begun() const override { return begun_; }
    std::uint64_t consumed() const override { return consumed_; }
    std::optional<open_value> open() const override { return std::nullopt; }

  private:
    result<void> end_event(const deliver& to) {
        record made;
        made.sequence = at_.sequence++;
        made.value = bytes_view(value_);
        ++begun_;
        added_until_ = fed_;
        auto added = batches_.add(made, counted(to));
        value_.clear();
        return added;
    }

    deliver counted(const deliver& to) {
        return [this, &to](const record_batch& batch) {
            consumed_ = added_until_;
            return to(batch);
        };
    }

    value_batches batches_;
    position at_; ///< of the next event
    std::size_t event_bytes_;
    std::uint64_t fed_ = 0;         ///< bytes of content
    std::uint64_t added_until_ = 0; ///< of them in events that are made
    std::uint64_t consumed_ = 0;    ///< of them delivered
    std::uint64_t begun_ = 0;
    byte_vector value_;
};

} // namespace

std::unique_ptr<value_decoder> make_raw_decoder(position first, std::size_t event_bytes) {
    return std::make_unique<raw_decoder>(
        first, std::clamp<std::size_t>(event_bytes, 1, max_fragment_bytes)
    );
}

} // namespace sluice
