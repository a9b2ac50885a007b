// stream: what the decoders of values have in common.
#include "value_events.hpp"

#include "malformed.hpp"

#include <sluice/base/hash.hpp>

#include <string>

namespace sluice {

counting_decoder::counting_decoder(
    const char* format, position first, std::optional<open_value> open
)
    : counted_values(first), format_(format) {
    if (!open) return;
    inside_ = true;
    crc_ = open->crc64nvme;
    open_ = open;
}

result<void> counting_decoder::enter(position first) {
    const bool between = !inside_ && !before_a_value();
    const bool fits = first.offset == 0 ? between && at_ <= first : inside_ && at_ == first;
    if (!fits)
        return malformed(
            std::string(format_) + ": a piece begins at " + to_string(first) +
            ", the bytes before it end " + (between ? "at " : "inside event ") + to_string(at_)
        );
    at_ = first;
    return {};
}

result<void> counting_decoder::finish(const deliver& to) {
    auto flushed = flush(to);
    if (!flushed) return flushed;
    if (inside_ || before_a_value())
        return malformed(std::string(format_) + ": it ends inside event " + to_string(at_));
    return {};
}

result<void> counting_decoder::end_fragment(std::uint64_t length, const deliver& to) {
    return add_fragment(length, to);
}

result<void> counting_decoder::end_event(bool is_null, const deliver& to) {
    record made;
    made.sequence = at_.sequence;
    const bool whole = static_cast<std::uint64_t>(at_.offset) == held();
    auto added = whole ? add(made, to, is_null) : add_fragment(std::nullopt, to);
    at_ = position{at_.partition, at_.sequence + 1, 0};
    inside_ = false;
    return added;
}

/// What is delivered before it is not inside the event.
result<void>
counting_decoder::add_fragment(std::optional<std::uint64_t> open_length, const deliver& to) {
    auto before = flush(to);
    if (!before) return before.error();
    crc_ = crc64nvme(value(), crc_);
    record made;
    made.sequence = at_.sequence;
    fragment part;
    part.offset = at_.offset - static_cast<std::int64_t>(held());
    if (!open_length) part.last = fragment_end{at_.offset, crc_};
    made.part = part;
    open_.reset();
    if (open_length) open_ = open_value{*open_length, crc_};
    return add(made, to);
}

} // namespace sluice
