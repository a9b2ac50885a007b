// base: a point in time that is passed down; each step uses the earlier of it and its own limit.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice {

class deadline {
  public:
    using clock = std::chrono::steady_clock;

    static deadline never() { return deadline(clock::time_point::max()); }
    static deadline at(clock::time_point when) { return deadline(when); }
    static deadline in(clock::duration span) { return deadline(clock::now() + span); }

    /// The earlier of this deadline and `limit` from now.
    deadline earliest(clock::duration limit) const {
        const auto now = clock::now();
        if (limit > clock::time_point::max() - now) return *this;
        return deadline(std::min(when_, now + limit));
    }
    clock::time_point when() const { return when_; }
    bool is_never() const { return when_ == clock::time_point::max(); }
    bool passed() const { return !is_never() && clock::now() >= when_; }

  private:
    explicit deadline(clock::time_point when) : when_(when) {}
    clock::time_point when_;
};

} // namespace sluice
