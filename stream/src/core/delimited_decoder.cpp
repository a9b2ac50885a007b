// stream: `delimited` content back into events, whatever the cuts of the bytes that arrive.
#include "value_events.hpp"
#include "value_walk.hpp"

#include <utility>

namespace sluice {

namespace {

class delimited_decoder final : public counting_decoder {
  public:
    delimited_decoder(position first, std::optional<open_value> open)
        : counting_decoder("delimited", first, open) {
        if (open) length_ = open->length;
    }

    result<void> feed(bytes_view more, const deliver& to) override {
        while (!more.empty()) {
            const std::size_t size = inside() ? take_value(more) : take_length(more);
            more = more.subspan(size);
            auto ended = inside() ? end_value_or_fragment(to) : result<void>();
            if (!ended) return ended.error();
        }
        return {};
    }

    std::size_t of_open_event(bytes_view next) const override {
        if (inside()) return static_cast<std::size_t>(std::min<std::uint64_t>(next.size(), left()));
        if (length_bytes_ == 0) return 0;
        return std::min(next.size(), delimited_length_bytes - length_bytes_);
    }

  private:
    bool before_a_value() const override { return length_bytes_ > 0; }

    std::uint64_t left() const { return length_ - static_cast<std::uint64_t>(at_.offset); }

    std::size_t take_length(bytes_view more) {
        const std::size_t size = std::min(more.size(), delimited_length_bytes - length_bytes_);
        for (const std::byte each : more.first(size))
            length_so_far_ = length_so_far_ << 8 | std::to_integer<std::uint32_t>(each);
        length_bytes_ += size;
        count(size);
        if (length_bytes_ < delimited_length_bytes) return size;
        is_null_ = length_so_far_ == delimited_null;
        length_ = is_null_ ? 0 : length_so_far_;
        length_bytes_ = 0;
        length_so_far_ = 0;
        begin_event();
        return size;
    }

    std::size_t take_value(bytes_view more) {
        const std::size_t size = std::min({more.size(), room(), static_cast<std::size_t>(left())});
        take(more.first(size));
        return size;
    }

    /// What has been taken is a whole event, or a fragment of one, or not enough for either.
    result<void> end_value_or_fragment(const deliver& to) {
        if (left() == 0) return end_event(std::exchange(is_null_, false), to);
        return room() == 0 ? end_fragment(length_, to) : result<void>();
    }

    bool is_null_ = false;
    std::size_t length_bytes_ = 0; ///< of a length that is cut off
    std::uint32_t length_so_far_ = 0;
    std::uint64_t length_ = 0; ///< of the whole value
};

} // namespace

std::unique_ptr<value_decoder>
make_delimited_decoder(position first, std::optional<open_value> open) {
    return std::make_unique<delimited_decoder>(first, open);
}

} // namespace sluice
