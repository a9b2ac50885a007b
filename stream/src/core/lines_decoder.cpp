// stream: `lines` content back into events, whatever the cuts of the bytes that arrive.
#include "value_events.hpp"

namespace sluice {

namespace {

class lines_decoder final : public counting_decoder {
  public:
    lines_decoder(position first, std::optional<open_value> open)
        : counting_decoder("lines", first, open) {}

    result<void> feed(bytes_view more, const deliver& to) override {
        while (!more.empty()) {
            if (!inside()) begin_event();
            auto taken = take_some(more, to);
            if (!taken) return taken.error();
        }
        return {};
    }

    std::size_t of_open_event(bytes_view next) const override {
        if (!inside()) return 0;
        const std::size_t end = as_text(next).find('\n');
        return end == std::string_view::npos ? next.size() : end + 1;
    }

  private:
    /// A line that has the size of a fragment may yet end with the next byte.
    result<void> take_some(bytes_view& more, const deliver& to) {
        const bytes_view near = more.first(std::min(more.size(), room() + 1));
        const std::size_t end = as_text(near).find('\n');
        const bool ends = end != std::string_view::npos;
        const std::size_t size = ends ? end : std::min(near.size(), room());
        take(more.first(size));
        more = more.subspan(size);
        if (ends) {
            count(1);
            more = more.subspan(1);
            return end_event(false, to);
        }
        const bool goes_on = !more.empty(); // beyond what a fragment holds
        return goes_on ? end_fragment(static_cast<std::uint64_t>(at_.offset), to) : result<void>();
    }
};

} // namespace

std::unique_ptr<value_decoder> make_lines_decoder(position first, std::optional<open_value> open) {
    return std::make_unique<lines_decoder>(first, open);
}

std::unique_ptr<value_decoder>
make_counting_decoder(object_format format, position first, std::optional<open_value> open) {
    return format == object_format::lines ? make_lines_decoder(first, open)
                                          : make_delimited_decoder(first, open);
}

} // namespace sluice
