// stream: `delimited` content back into events, whatever the cuts of the bytes that arrive.
#include "malformed.hpp"
#include "value_batches.hpp"
#include "value_walk.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/values.hpp>

#include <algorithm>

namespace sluice {

namespace {

class delimited_decoder final : public value_decoder {
  public:
    delimited_decoder(position first, std::optional<open_value> open)
        : batches_(first), at_(first) {
        if (!open) return;
        inside_ = true;
        length_ = open->length;
        crc_ = open->crc64nvme;
        open_ = open;
    }

    result<void> enter(position first) override {
        const bool fits = first.offset == 0 ? !inside_ && length_bytes_ == 0 && at_ <= first
                                            : inside_ && at_ == first;
        if (!fits)
            return malformed(
                "delimited: a piece begins at " + to_string(first) + ", the bytes before it end " +
                (inside_ || length_bytes_ > 0 ? "inside event " : "at ") + to_string(at_)
            );
        at_ = first;
        return {};
    }

    result<void> feed(bytes_view more, const deliver& to) override {
        while (!more.empty()) {
            const std::size_t size = inside_ ? take_value(more) : take_length(more);
            more = more.subspan(size);
            fed_ += size;
            auto ended = inside_ ? end_value_or_fragment(to) : result<void>();
            if (!ended) return ended.error();
        }
        return {};
    }

    result<void> flush(const deliver& to) override { return batches_.deliver_all(counted(to)); }

    result<void> finish(const deliver& to) override {
        auto flushed = flush(to);
        if (!flushed) return flushed;
        if (inside_ || length_bytes_ > 0)
            return malformed("delimited: it ends inside event " + to_string(at_));
        return {};
    }

    position reached() const override { return at_; }
    std::uint64_t begun() const override { return begun_; }
    std::uint64_t consumed() const override { return consumed_; }
    std::optional<open_value> open() const override { return open_; }

  private:
    std::size_t take_length(bytes_view more) {
        const std::size_t size = std::min(more.size(), delimited_length_bytes - length_bytes_);
        for (const std::byte each : more.first(size))
            length_so_far_ = length_so_far_ << 8 | std::to_integer<std::uint32_t>(each);
        length_bytes_ += size;
        if (length_bytes_ < delimited_length_bytes) return size;
        is_null_ = length_so_far_ == delimited_null;
        length_ = is_null_ ? 0 : length_so_far_;
        length_bytes_ = 0;
        length_so_far_ = 0;
        inside_ = true;
        crc_ = 0;
        ++begun_;
        return size;
    }

    std::size_t take_value(bytes_view more) {
        const std::uint64_t left = length_ - static_cast<std::uint64_t>(at_.offset);
        const std::size_t room = max_fragment_bytes - value_.size();
        const std::size_t size = std::min({more.size(), room, static_cast<std::size_t>(left)});
        append(value_, more.first(size));
        at_.offset += static_cast<std::int64_t>(size);
        return size;
    }

    /// What has been taken is a whole event, or a fragment of one, or not enough for either.
    result<void> end_value_or_fragment(const deliver& to) {
        const bool at_end = static_cast<std::uint64_t>(at_.offset) == length_;
        if (!at_end && value_.size() < max_fragment_bytes) return {};
        record made;
        made.sequence = at_.sequence;
        if (!is_null_) made.value = bytes_view(value_);
        const bool whole = at_end && value_.size() == length_;
        auto added = whole ? add(made, to) : add_fragment(made, at_end, to);
        value_.clear();
        if (!at_end) return added;
        at_ = position{at_.partition, at_.sequence + 1, 0};
        inside_ = is_null_ = false;
        return added;
    }

    result<void> add(const record& made, const deliver& to) {
        added_until_ = fed_;
        return batches_.add(made, counted(to));
    }

    result<void> add_fragment(record& made, bool at_end, const deliver& to) {
        auto before = flush(to);
        if (!before) return before.error();
        describe_fragment(made, at_end);
        open_.reset();
        if (!at_end) open_ = open_value{length_, crc_};
        return add(made, to);
    }

    void describe_fragment(record& made, bool at_end) {
        crc_ = crc64nvme(value_, crc_);
        fragment part;
        part.offset = at_.offset - static_cast<std::int64_t>(value_.size());
        if (at_end) part.last = fragment_end{static_cast<std::int64_t>(length_), crc_};
        made.part = part;
    }

    deliver counted(const deliver& to) {
        return [this, &to](const record_batch& batch) {
            consumed_ = added_until_;
            return to(batch);
        };
    }

    value_batches batches_;
    position at_;                   ///< behind the last byte fed
    std::uint64_t fed_ = 0;         ///< bytes of content
    std::uint64_t added_until_ = 0; ///< of them in records that are made
    std::uint64_t consumed_ = 0;    ///< of them delivered
    std::uint64_t begun_ = 0;
    bool inside_ = false; ///< a value: its length is known
    bool is_null_ = false;
    std::size_t length_bytes_ = 0; ///< of a length that is cut off
    std::uint32_t length_so_far_ = 0;
    std::uint64_t length_ = 0; ///< of the whole value
    std::uint64_t crc_ = 0;    ///< of the fragments delivered
    byte_vector value_;        ///< of the event, or of its next fragment
    std::optional<open_value> open_;
};

} // namespace

std::unique_ptr<value_decoder>
make_delimited_decoder(position first, std::optional<open_value> open) {
    return std::make_unique<delimited_decoder>(first, open);
}

} // namespace sluice
