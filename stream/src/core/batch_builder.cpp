// stream: events in, batches out.
#include "avro_record.hpp"
#include "malformed.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/batch_builder.hpp>
#include <sluice/stream/format.hpp>

#include <boost/assert.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// With one record more, of a fragment's value and the largest key and headers, a batch of this
/// size is still below max_batch_bytes.
constexpr std::size_t largest_target = 1 << 20;

result<void> check_event(const record& event) {
    std::size_t size = event.key ? event.key->size() : 0;
    for (const header& each : event.headers) {
        if (!is_utf8(each.name)) return malformed("event: a header's name is not UTF-8");
        size += header_overhead_bytes + each.name.size() + (each.value ? each.value->size() : 0);
    }
    if (size <= max_key_and_headers_bytes) return {};
    failure why;
    why.code = stream_errc::too_large;
    why.where = "event: key and headers have " + std::to_string(size) + " bytes, at most " +
                std::to_string(max_key_and_headers_bytes) + " are possible";
    return why;
}

bytes_view owned(byte_vector& memory, bytes_view bytes) {
    const std::size_t at = memory.size();
    append(memory, bytes);
    return bytes_view(memory).subspan(at);
}

/// Makes key and headers of `event` point into `memory`.
void own_bytes(record& event, byte_vector& memory) {
    std::size_t size = event.key ? event.key->size() : 0;
    for (const header& each : event.headers)
        size += each.name.size() + (each.value ? each.value->size() : 0);
    memory.clear();
    memory.reserve(size); // so that it never moves
    if (event.key) event.key = owned(memory, *event.key);
    for (header& each : event.headers) {
        each.name = as_text(owned(memory, as_bytes(each.name)));
        if (each.value) each.value = owned(memory, *each.value);
    }
}

} // namespace

struct batch_builder::state {
    position next;
    std::size_t target = 0;
    /// Bytes that the partition has of the next event, which is added again; 0: none.
    std::int64_t there = 0;
    std::vector<built> finished;
    std::size_t finished_bytes = 0;
    std::size_t last_size = 0;      ///< the next batch will be about as large
    std::vector<byte_vector> spare; ///< empty, with the memory of batches before
    built current;
    /// The event that `open` began: what its next fragment is made of.
    bool is_open = false;
    record event;
    byte_vector context; ///< owns the key and headers of `event`
    byte_vector value;   ///< at most one fragment's
    std::uint64_t crc = 0;

    void put(const record& each);
    void end_batch();
    void put_event(const record& each);
    void begin_event(const record& each);
    void put_value(bytes_view more);
    void put_fragment(bytes_view bytes, bool last);
    result<void> end_event();
    std::size_t room() const;
    result<void> check_size(std::size_t rest) const;
};

void batch_builder::state::put(const record& each) {
    record_batch& batch = current.batch;
    if (batch.records == 0) {
        batch.first = position_of(next.partition, each);
        if (!spare.empty()) {
            current.bytes = std::move(spare.back());
            spare.pop_back();
        }
        current.bytes.reserve(std::min(last_size, target) + last_size / 16);
    }
    append_avro_record(current.bytes, each);
    ++batch.records;
    if (!each.part || each.part->offset == 0) ++batch.events;
    if (each.timestamp)
        batch.times = merge(batch.times, time_range{*each.timestamp, *each.timestamp});
    batch.last_sequence = each.sequence;
    next = batch.next = position_after(next.partition, each);
}

void batch_builder::state::end_batch() {
    if (current.batch.records == 0) return;
    last_size = current.bytes.size();
    current.batch.body = current.bytes;
    current.batch.body_crc64 = crc64nvme(current.bytes);
    finished_bytes += current.bytes.size();
    finished.push_back(std::move(current));
    current = built();
}

void batch_builder::state::put_event(const record& each) {
    put(each);
    if (current.bytes.size() >= target) end_batch();
}

void batch_builder::state::begin_event(const record& each) {
    event = each;
    event.sequence = next.sequence;
    event.value.reset();
    event.part.reset();
    crc = 0;
    is_open = true;
}

std::int64_t offset_in(const record& event) {
    return event.part ? event.part->offset : 0;
}

/// Of the next fragment: none lies on both sides of what the partition has.
std::size_t batch_builder::state::room() const {
    const std::int64_t offset = offset_in(event);
    if (offset >= there) return max_fragment_bytes;
    return std::min(max_fragment_bytes, static_cast<std::size_t>(there - offset));
}

/// Of an event that has `rest` bytes behind its fragments.
result<void> batch_builder::state::check_size(std::size_t rest) const {
    const std::int64_t size = offset_in(event) + static_cast<std::int64_t>(rest);
    if (there == 0 || size > there) return {};
    return malformed(
        "event: has " + std::to_string(size) + " bytes, and " + std::to_string(there) +
        " are in the stream already: it is not the one that was begun"
    );
}

/// A full fragment is given out only when more follows, so that the last one is never empty.
void batch_builder::state::put_value(bytes_view more) {
    crc = crc64nvme(more, crc);
    while (!more.empty()) {
        if (value.size() >= room()) put_fragment(value, false);
        const std::size_t some = std::min(more.size(), room() - value.size());
        append(value, more.first(some));
        more = more.subspan(some);
    }
}

void batch_builder::state::put_fragment(bytes_view bytes, bool last) {
    const std::int64_t offset = event.part ? event.part->offset : 0;
    const auto size = static_cast<std::int64_t>(bytes.size());
    event.value = bytes;
    event.part = fragment{offset, std::nullopt};
    if (last) event.part->last = fragment_end{offset + size, crc};
    end_batch();
    if (offset >= there) {
        put(event);
        end_batch();
    }
    event.timestamp.reset();
    event.key.reset();
    event.headers.clear();
    event.part->offset += size;
    value.clear();
}

result<void> batch_builder::state::end_event() {
    auto checked = check_size(value.size());
    if (!checked) return checked;
    if (event.part) {
        put_fragment(value, true);
    } else {
        event.value = bytes_view(value);
        put_event(event);
        value.clear();
    }
    is_open = false;
    there = 0;
    return {};
}

batch_builder::batch_builder(position next, std::size_t target_bytes, open_event there)
    : state_(std::make_unique<state>()) {
    if (there == open_event::added_again) state_->there = next.offset;
    // The sequence of an event that another writer left open is spent.
    else if (next.offset != 0)
        next = position{next.partition, next.sequence + 1, 0};
    state_->next = next;
    state_->target = std::min(target_bytes, largest_target);
}
batch_builder::~batch_builder() = default;
batch_builder::batch_builder(batch_builder&&) noexcept = default;
batch_builder& batch_builder::operator=(batch_builder&&) noexcept = default;

result<void> batch_builder::add(const record& event) {
    BOOST_ASSERT(!state_->is_open);
    auto checked = check_event(event);
    if (!checked) return checked;
    state_->begin_event(event);
    if (event.value && event.value->size() > state_->room()) {
        state_->put_value(*event.value);
        return state_->end_event();
    }
    auto begun = state_->check_size(event.value ? event.value->size() : 0);
    if (!begun) return begun;
    state_->event.value = event.value;
    state_->put_event(state_->event);
    state_->is_open = false;
    return {};
}

result<void> batch_builder::open(const record& event_without_value) {
    BOOST_ASSERT(!state_->is_open);
    auto checked = check_event(event_without_value);
    if (!checked) return checked;
    state_->begin_event(event_without_value);
    own_bytes(state_->event, state_->context);
    return {};
}

void batch_builder::more(bytes_view value) {
    BOOST_ASSERT(state_->is_open);
    state_->put_value(value);
}

result<void> batch_builder::close() {
    BOOST_ASSERT(state_->is_open);
    return state_->end_event();
}

std::vector<batch_builder::built> batch_builder::take(bool flush) {
    if (flush) state_->end_batch();
    state_->finished_bytes = 0;
    return std::exchange(state_->finished, {});
}

void batch_builder::give_back(std::vector<built> used) {
    constexpr std::size_t most = 16;
    for (built& each : used) {
        if (state_->spare.size() == most) return;
        each.bytes.clear();
        state_->spare.push_back(std::move(each.bytes));
    }
}

position batch_builder::next() const {
    return state_->next;
}

std::size_t batch_builder::pending_bytes() const {
    return state_->finished_bytes + state_->current.bytes.size() + state_->value.size();
}

} // namespace sluice
