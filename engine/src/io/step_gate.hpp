// engine: the scheduler, awaited: a lane enters before each step and leaves when it has ended.
#pragma once

#include "../core/concurrency_search.hpp"
#include "../core/found_concurrency.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/scheduler.hpp>
#include <sluice/engine/spec.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice {

/// Requests at once of a destination that asks for no number: at most.
constexpr unsigned most_at_once = 64;

/// The steps of all transfers on one executor: what they share, and who is next. How many run at
/// once towards an endpoint is one number for all of them: the largest that a transfer asked for
/// (of all its destinations there), or, where somebody asked for none, what is found by trying if
/// that is more; for some minutes after the last has left, who comes next begins with half of that.
/// Use from that executor alone.
class step_queue {
  public:
    /// `memory`: bytes that all transfers lease together; 0: each only by its own rules.
    explicit step_queue(any_io_executor on, std::uint64_t memory = 0);
    step_queue(const step_queue&) = delete;
    step_queue& operator=(const step_queue&) = delete;

    const scheduler& rules() const { return rules_; }
    /// At once towards the endpoint; 0: nobody is there.
    unsigned limit_at(const std::string& endpoint) const;

  private:
    friend class step_gate;
    struct waiter;
    struct place {
        endpoint_id id{};
        std::map<user_id, unsigned> asked{}; ///< of those that asked for a number
        unsigned automatic = 0;              ///< destinations for which nobody did
        unsigned at_first = 0;
        std::optional<concurrency_search> search{}; ///< from the first step's end on

        unsigned limit() const;
    };

    std::uint64_t reserve(user_id user, std::uint64_t wanted);
    endpoint_id
    come_to(const std::string& endpoint, user_id user, unsigned asked, unsigned at_first);
    void leave(const std::string& endpoint, user_id user, unsigned asked);
    void moved(const std::string& endpoint, std::uint64_t bytes, std::chrono::nanoseconds took);
    void pump();

    any_io_executor on_;
    std::uint64_t memory_;
    std::uint64_t reserved_ = 0;
    scheduler rules_;
    std::map<std::string, place> places_;
    found_concurrency found_;                            ///< where nobody is
    std::unordered_map<std::uint64_t, waiter*> waiting_; ///< by step
};

/// What a transfer may do there.
struct gate_rules {
    user_rules share; ///< its memory is that of steps
    /// Bytes that the transfer has beside its steps: of blocks that wait, or are kept for others.
    std::uint64_t beside = 0;
};

/// The share that a transfer asks for, with so many bytes for its steps, and beside them.
gate_rules gate_rules_of(const transfer_rules& by, std::uint64_t steps, std::uint64_t beside = 0);

/// One transfer's door to the steps of an executor; closing it closes no other. Use from that
/// executor, but for construction and destruction, when it is in nobody's queue. Must outlive its
/// slots.
class step_gate {
  public:
    /// `of`: null: a queue of its own.
    step_gate(any_io_executor on, std::shared_ptr<step_queue> of, const gate_rules& rules);
    ~step_gate();
    step_gate(const step_gate&) = delete;
    step_gate& operator=(const step_gate&) = delete;

    /// As long as it lives the transfer is one of those that share. Its steps must have ended by
    /// then; ids are void after that. One at a time.
    class stay {
      public:
        explicit stay(step_gate& at) : at_(at) { at_.join(); }
        ~stay() { at_.leave(); }
        stay(const stay&) = delete;
        stay& operator=(const stay&) = delete;

      private:
        step_gate& at_;
    };
    bool joined() const { return user_.has_value(); }
    /// What it has been granted of `gate_rules::beside`: all of it, or what the common budget has
    /// to give. It counts as used of that budget during the stay.
    std::uint64_t beside() const { return beside_; }

    /// `asked`: steps at once, of this destination, and a number for its endpoint; 0: found by
    /// trying, beginning with at least `at_first` there. During a stay.
    destination_id add_destination(
        const std::string& endpoint, unsigned asked, unsigned at_first = 8, unsigned weight = 1
    );
    lane_id add_lane(destination_id to);

    /// Permission to run one step; gives it back when destroyed.
    class slot {
      public:
        slot() = default;
        slot(step_gate& from, step_id step, destination_id to, std::uint64_t cost)
            : from_(&from), step_(step), to_(to), cost_(cost) {}
        slot(slot&& other) noexcept { *this = std::move(other); }
        slot& operator=(slot&& other) noexcept {
            leave();
            from_ = std::exchange(other.from_, nullptr);
            step_ = other.step_;
            to_ = other.to_;
            cost_ = other.cost_;
            begun_ = other.begun_;
            return *this;
        }
        ~slot() { leave(); }
        /// The step has moved what it cost.
        void done();
        void leave();

      private:
        step_gate* from_ = nullptr;
        step_id step_{};
        destination_id to_{};
        std::uint64_t cost_ = 0;
        std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    };

    /// That a step goes before those of other lanes of its destination (`scheduler::prefer`), from
    /// when it is granted on, which may be before it waits, or afterwards. Outlives its `enter`.
    class preference {
      public:
        preference() = default;
        preference(const preference&) = delete;
        preference& operator=(const preference&) = delete;
        void grant();

      private:
        friend struct step_queue::waiter;
        bool granted_ = false;
        step_queue::waiter* of_ = nullptr; ///< waits
    };

    /// Waits for the scheduler. Errors: engine_errc::paused once the gate is closed to it, or when
    /// nobody stays. Cancellation: terminal (throws); nothing stays behind.
    task<result<slot>> enter(lane_id lane, std::uint64_t cost, std::uint64_t memory);
    task<result<slot>>
    enter(lane_id lane, std::uint64_t cost, std::uint64_t memory, preference& wish);
    /// Lets nobody in any more; who waits is told so. Steps that run go on.
    void close();
    bool closed() const { return closed_; }
    /// The same for one lane, until it is opened again.
    void close(lane_id lane);
    void open(lane_id lane) { closed_lanes_.erase(lane); }
    /// How many steps may run at once where this lane's do. During a stay.
    unsigned concurrency(lane_id lane) const;
    destination_id destination_of(lane_id lane) const;

    const step_queue& queue() const { return *queue_; }

  private:
    friend class step_queue;
    struct visitor {
        std::string endpoint;
        unsigned asked = 0;
    };
    void join();
    void leave();
    void finished(step_id step);
    void moved(destination_id to, std::uint64_t bytes, std::chrono::nanoseconds took);

    std::shared_ptr<step_queue> queue_;
    gate_rules by_;
    std::optional<user_id> user_;
    std::uint64_t beside_ = 0;
    std::map<destination_id, visitor> destinations_;
    std::vector<lane_id> lanes_;
    std::set<step_queue::waiter*> waiting_;
    std::set<lane_id> closed_lanes_;
    bool closed_ = false;
};

} // namespace sluice
