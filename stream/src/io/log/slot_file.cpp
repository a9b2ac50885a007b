// stream: a small state file of two slots, open.
#include "slot_file.hpp"

namespace sluice::log {

result<std::optional<byte_vector>> slot_file::load() {
    byte_vector bytes(slot_file_size(payload_));
    auto read = file_->read(0, bytes);
    if (!read) return read.error();
    auto newest = newest_slot(bytes_view(bytes).first(*read), payload_);
    if (!newest) return std::optional<byte_vector>();
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
