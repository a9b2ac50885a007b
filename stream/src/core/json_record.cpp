// stream: a record parsed from JSON that owns its bytes.
#include "json_reader.hpp"

#include <sluice/stream/format.hpp>

#include <string>

namespace sluice {

struct json_record::state {
    std::string line; ///< with the padding that the reader needs
    json_reader reader;
};

json_record::json_record() : state_(std::make_unique<state>()) {}
json_record::~json_record() = default;
json_record::json_record(json_record&&) noexcept = default;
json_record& json_record::operator=(json_record&&) noexcept = default;

result<void> json_record::parse(std::string_view line) {
    state_->line.assign(line).append(json_padding, ' ');
    return state_->reader.read(std::string_view(state_->line).substr(0, line.size()));
}

const record& json_record::get() const {
    return state_->reader.get();
}

bool json_record::has_sequence() const {
    return state_->reader.has_sequence();
}

} // namespace sluice
