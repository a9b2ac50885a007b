// stream: a small state file of two slots, open.
#include "slot_file.hpp"

namespace sluice::log {

result<std::optional<byte_vector>> slot_file::load() {
    byte_vector bytes(slot_file_size(payload_));
    auto read = file_->read(0, bytes);
    if (!read) return read.error();
    const bytes_view there = bytes_view(bytes).first(*read);
    auto newest = newest_slot(there, payload_);
    note_.clear();
    if (!newest && *read > 0) note_ = file_->name().string() + ": neither of its two values checks";
    if (!newest) return std::optional<byte_vector>();
    if (is_other_slot_broken(there, payload_, *newest))
        note_ = file_->name().string() +
                ": one of its two values does not check; the other one is used, which may be the "
                "older";
    counter_ = newest->counter;
    return std::optional<byte_vector>(std::move(newest->payload));
}

result<void> slot_file::store(const byte_vector& payload) {
    slot_value value;
    value.counter = ++counter_;
    value.payload = payload;
    const byte_vector slot = encode_slot(value);
    const bytes_view pieces[] = {slot};
    return file_->write(value.counter % 2 * slot_distance(payload_), pieces);
}

} // namespace sluice::log
