// engine: what the connections of each destination carry, and how long others had to wait for it.
#include "line_book.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

constexpr double memory = 2e9; // ns
constexpr std::chrono::seconds a_while{5};

} // namespace

void line_book::begun(std::uint64_t destination, time now) {
    line& of = lines_[destination];
    ++of.streams;
    if (now - of.since > a_while) {
        of.most_before = of.most;
        of.most = 0;
        of.since = now;
    }
    of.most = std::max(of.most, of.streams);
}

void line_book::ended(std::uint64_t destination) {
    --lines_.at(destination).streams;
}

std::size_t line_book::streams(std::uint64_t destination) const {
    const auto found = lines_.find(destination);
    return found == lines_.end() ? 0 : found->second.streams;
}

void line_book::carried(std::uint64_t destination, std::uint64_t bytes, time busy, time now) {
    line& of = lines_.at(destination);
    const double kept = std::exp(-static_cast<double>((now - of.faded).count()) / memory);
    of.bytes = of.bytes * kept + static_cast<double>(bytes);
    of.busy = of.busy * kept + static_cast<double>(std::max(busy, time(0)).count());
    of.faded = now;
}

double line_book::rate(std::uint64_t destination) const {
    const auto found = lines_.find(destination);
    if (found == lines_.end() || found->second.busy <= 0) return 0;
    const line& of = found->second;
    return of.bytes / of.busy * static_cast<double>(std::max(of.most, of.most_before));
}

void line_book::charge(std::uint64_t destination, double blame, time from, time to, double share) {
    line& of = lines_[destination];
    const auto part_of = [](time span, double some) {
        return time(static_cast<time::rep>(some * static_cast<double>(span.count())));
    };
    if (to > of.worked_off) {
        of.debt = std::max(time(0), of.debt - part_of(to - of.worked_off, share));
        of.worked_off = to;
    }
    of.debt += part_of(to - from, blame);
}

void line_book::earn(std::uint64_t destination, time from, time to) {
    line& of = lines_[destination];
    from = std::max(from, of.earned);
    if (from >= to) return;
    of.debt = std::max(time(0), of.debt - (to - from));
    of.earned = to;
}

line_book::time line_book::debt(std::uint64_t destination) const {
    const auto found = lines_.find(destination);
    return found == lines_.end() ? time(0) : found->second.debt;
}

} // namespace sluice
