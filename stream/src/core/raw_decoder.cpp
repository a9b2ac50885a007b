// stream: `raw` content cut into events of one size, whatever the cuts of the bytes that arrive.
#include "value_events.hpp"

namespace sluice {

namespace {

class raw_decoder final : public counted_values {
  public:
    raw_decoder(position first, std::size_t event_bytes)
        : counted_values(first), event_bytes_(event_bytes) {}

    result<void> enter(position) override { return {}; }

    result<void> feed(bytes_view more, const deliver& to) override {
        while (!more.empty()) {
            const std::size_t size = std::min(more.size(), event_bytes_ - held());
            hold(more.first(size));
            more = more.subspan(size);
            count(size);
            auto ended = held() == event_bytes_ ? end_event(to) : result<void>();
            if (!ended) return ended.error();
        }
        return {};
    }

    result<void> finish(const deliver& to) override {
        auto ended = held() == 0 ? result<void>() : end_event(to);
        if (!ended) return ended.error();
        return flush(to);
    }

    std::size_t of_open_event(bytes_view next) const override {
        return held() == 0 ? 0 : std::min(next.size(), event_bytes_ - held());
    }

  private:
    result<void> end_event(const deliver& to) {
        record made;
        made.sequence = at_.sequence++;
        begin();
        return add(made, to);
    }

    std::size_t event_bytes_;
};

} // namespace

std::unique_ptr<value_decoder> make_raw_decoder(position first, std::size_t event_bytes) {
    return std::make_unique<raw_decoder>(
        first, std::clamp<std::size_t>(event_bytes, 1, max_fragment_bytes)
    );
}

} // namespace sluice
