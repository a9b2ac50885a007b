// s3client: the machine of chunked bodies.
#include "chunked_reader.hpp"

#include <algorithm>

namespace sluice::s3 {

namespace {

constexpr std::uint64_t most_framing_between_data = 16 << 10;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

chunked_reader::step chunked_reader::next(std::string_view input) {
    if (at_ == place::data) return next_data(input);
    step taken;
    while (taken.used < input.size() && at_ != place::data && at_ != place::end) {
        const char c = input[taken.used++];
        if (!take_framing(c) || ++skipped_ > most_framing_between_data) {
            taken.malformed = true;
            return taken;
        }
    }
    taken.done = at_ == place::end;
    return taken;
}

chunked_reader::step chunked_reader::next_data(std::string_view input) {
    step taken;
    taken.used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    taken.data = input.substr(0, taken.used);
    left_ -= taken.used;
    skipped_ = 0;
    if (left_ == 0) at_ = place::data_cr;
    return taken;
}

bool chunked_reader::take_framing(char c) {
    switch (at_) {
    case place::size:
        return take_size_digit(c);
    case place::extension:
        if (c == '\r') at_ = place::size_end;
        return c != '\n';
    case place::size_end:
        at_ = left_ == 0 ? place::trailer : place::data;
        line_ = 0;
        return c == '\n';
    case place::data_cr:
        at_ = place::data_lf;
        return c == '\r';
    case place::data_lf:
        at_ = place::size;
        digits_ = 0;
        left_ = 0;
        return c == '\n';
    case place::trailer:
        return take_trailer(c);
    default:
        return false;
    }
}

bool chunked_reader::take_size_digit(char c) {
    const int digit = hex_digit(c);
    if (digit >= 0) {
        left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
        return ++digits_ <= 15;
    }
    if (digits_ == 0) return false;
    at_ = c == '\r' ? place::size_end : place::extension;
    return c == '\r' || c == ';' || c == ' ' || c == '\t';
}

bool chunked_reader::take_trailer(char c) {
    if (c == '\r') return true;
    if (c != '\n') {
        ++line_;
        return true;
    }
    if (line_ == 0) at_ = place::end;
    line_ = 0;
    return true;
}

} // namespace sluice::s3
