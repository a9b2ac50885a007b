// engine: start-time fair queueing: who has been served least is next, and nobody saves up turns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>

namespace sluice {

/// How far one of several has been served, in virtual time (cost over weight).
struct fair_share {
    double served = 0;
    double lead = 0;  ///< it comes as early as if it had been served so much less
    int priority = 0; ///< whoever has a higher one comes first, however much it was served
};

/// The virtual time of a group: where the one stood that was served last.
class fair_clock {
  public:
    /// Somebody begins to want something: what was not asked for meanwhile is not made up for, so
    /// that a newcomer neither starves those who wait nor is starved by them. But for what is under
    /// way: steps count from their start on, so that one who starts large ones is ahead of what he
    /// has moved, and who asks for one small step after the other would lose the difference each
    /// time.
    void join(fair_share& who) const { who.served = std::max(who.served, now_ - under_way_); }
    /// Somebody comes from another group, whose time says nothing here.
    void enter(fair_share& who) const { who.served = now_; }
    /// It is somebody's turn: its share grows by so much.
    void serve(fair_share& who, double cost) {
        now_ = std::max(now_, who.served);
        who.served += cost;
        under_way_ += cost;
    }
    /// What grew by so much has ended.
    void ended(double cost) { under_way_ = std::max(0.0, under_way_ - cost); }

  private:
    double now_ = 0;
    double under_way_ = 0;
};

/// Those that want something: by priority, then least served first, equal ones by their number. A
/// share may change only while it is not in the queue.
class fair_queue {
  public:
    /// `comparisons` counts the work done; must outlive the queue.
    explicit fair_queue(std::uint64_t& comparisons) : members_(earlier{&comparisons}) {}

    bool empty() const { return members_.empty(); }
    std::uint32_t front() const { return std::get<2>(*members_.begin()); }
    /// Whether this queue's head comes before the other's. Both must have one.
    bool before(const fair_queue& other) const {
        return *members_.begin() < *other.members_.begin();
    }
    void insert(const fair_share& share, std::uint32_t number) {
        members_.emplace(-share.priority, share.served - share.lead, number);
    }
    void erase(const fair_share& share, std::uint32_t number) {
        members_.erase({-share.priority, share.served - share.lead, number});
    }

  private:
    using member = std::tuple<int, double, std::uint32_t>;
    struct earlier {
        std::uint64_t* comparisons;
        bool operator()(const member& a, const member& b) const {
            ++*comparisons;
            return a < b;
        }
    };

    std::set<member, earlier> members_;
};

} // namespace sluice
