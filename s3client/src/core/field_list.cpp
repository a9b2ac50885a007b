// s3client: fields written one behind the other, each behind its sizes.
#include "field_list.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace sluice::s3 {

namespace {

using sizes = std::array<std::uint32_t, 2>;

sizes sizes_at(const char* at) {
    sizes both;
    std::memcpy(both.data(), at, sizeof both);
    return both;
}

} // namespace

field field_list::iterator::operator*() const {
    const sizes both = sizes_at(at_);
    const char* const name = at_ + sizeof(sizes);
    return {{name, both[0]}, {name + both[0], both[1]}};
}

field_list::iterator& field_list::iterator::operator++() {
    const sizes both = sizes_at(at_);
    at_ += sizeof(sizes) + both[0] + both[1];
    return *this;
}

field_list::iterator field_list::iterator::operator++(int) {
    const iterator before = *this;
    ++*this;
    return before;
}

field_list::field_list(std::initializer_list<field> all) {
    for (const field& each : all)
        push_back(each);
}

void field_list::push_back(const field& each) {
    const sizes both = {
        static_cast<std::uint32_t>(each.name.size()),
        static_cast<std::uint32_t>(each.value.size())};
    std::array<char, sizeof(sizes)> raw;
    std::memcpy(raw.data(), both.data(), raw.size());
    text_.append(raw.data(), raw.size()).append(each.name).append(each.value);
}

void field_list::push_back_lower(const field& each) {
    const std::size_t name = text_.size() + sizeof(sizes);
    push_back(each);
    for (std::size_t i = 0; i < each.name.size(); ++i) {
        char& c = text_[name + i];
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
}

void field_list::append(const field_list& others) {
    text_.append(others.text_);
}

std::size_t field_list::size() const {
    return static_cast<std::size_t>(std::distance(begin(), end()));
}

std::optional<std::string_view> field_list::find(std::string_view name) const {
    for (const field each : *this)
        if (each.name == name) return each.value;
    return std::nullopt;
}

} // namespace sluice::s3
