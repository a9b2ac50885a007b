// s3client: when a read that was not answered yet is worth asking again.
#include "first_byte_patience.hpp"

#include <algorithm>

namespace sluice::s3 {

namespace {

constexpr std::chrono::milliseconds least{1000};
constexpr std::size_t least_known = 16, reckoned_every = 8;
constexpr double for_each_answer = 0.02, most_allowed = 4;

} // namespace

std::optional<std::chrono::milliseconds> first_byte_patience::limit() const {
    if (count_ < least_known || allowed_ < 1) return std::nullopt;
    return std::max(least, std::chrono::ceil<std::chrono::milliseconds>(2 * most_usual_));
}

void first_byte_patience::answered(duration took) {
    last_[count_ % remembered] = took;
    ++count_;
    allowed_ = std::min(most_allowed, allowed_ + for_each_answer);
    if (count_ % reckoned_every != 0) return;
    auto known = last_;
    const std::size_t size = std::min(count_, remembered);
    const auto rank = known.begin() + static_cast<std::ptrdiff_t>(size - 1 - size / 10);
    std::nth_element(known.begin(), rank, known.begin() + static_cast<std::ptrdiff_t>(size));
    most_usual_ = *rank;
}

bool first_byte_patience::ask_again() {
    if (allowed_ < 1) return false;
    allowed_ -= 1;
    return true;
}

} // namespace sluice::s3
