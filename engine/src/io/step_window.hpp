// engine: blocks on their way to several destinations at once, made by the foremost lane.
#pragma once

#include "../core/step_group.hpp"
#include "block_source.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/scheduler.hpp>
#include <sluice/s3/body.hpp>

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <set>
#include <utility>

namespace sluice {

/// The step group of one block source, awaited. Use from one strand; must outlive its seats.
class step_window {
  public:
    /// `lines` must outlive it.
    step_window(any_io_executor on, block_source& from, const step_rules& rules, line_book& lines);
    step_window(const step_window&) = delete;
    step_window& operator=(const step_window&) = delete;

    /// The lane is to end before its objects do: those in step with it go on at once, without it.
    void step_out(lane_id lane);

    /// Somebody who wants to know that others have begun a part.
    struct follower {
        step_group::member who = 0;
        std::function<void()> when;
    };

    /// Membership of a lane for one object; leaves when destroyed. Without a window it is
    /// nobody's, and everything is made for its holder alone.
    class seat {
      public:
        seat() = default;
        seat(
            step_window& in, lane_id lane, destination_id to, const std::optional<stretch>& object
        );
        seat(seat&& other) noexcept : in_(std::exchange(other.in_, nullptr)), who_(other.who_) {}
        seat& operator=(seat&& other) noexcept {
            leave();
            in_ = std::exchange(other.in_, nullptr);
            who_ = other.who_;
            return *this;
        }
        ~seat() { leave(); }

        explicit operator bool() const { return in_ != nullptr; }
        /// In step, for that object or for one not known yet, which then is that one.
        bool suits(const stretch& object);
        /// Lanes that share the memory of a step.
        std::size_t together() const;
        /// Before a part is begun. Waits for others that are far behind, while they have patience
        /// left.
        /// Cancellation: terminal (throws).
        task<void> ready_for(unsigned part);
        void begin(unsigned part);
        void end(unsigned part);
        /// As long as it lives: `when` is called once others in step have begun the part, which may
        /// be at once.
        class follow {
          public:
            follow(seat& by, unsigned part, std::function<void()> when);
            ~follow();
            follow(const follow&) = delete;
            follow& operator=(const follow&) = delete;

          private:
            step_window* in_;
            std::multimap<unsigned, follower>::iterator at_{};
        };
        /// The object ends with that part, which may not have begun yet.
        void ends_with(unsigned part);
        /// The bytes of a block of that part, as `block_source::bytes` gives them.
        /// Errors: those of the source. Cancellation: terminal (throws).
        task<result<shared_block>> take(
            unsigned part,
            const block_shape& shape,
            block_source::verified by = block_source::verified::here
        );
        /// The block has been given out.
        void passed(unsigned part, const block_shape& shape);
        /// What the bytes of that part leave by, which lives until it is told null.
        void leaves_by(unsigned part, const s3::outlet* way);

      private:
        void leave();

        step_window* in_ = nullptr;
        step_group::member who_ = 0;
    };

  private:
    class making;
    using clock = boost::asio::steady_timer::clock_type;

    struct kept_bytes {
        shared_block block;
        block_source::verified by = block_source::verified::here;
    };

    static step_group::time now() { return clock::now().time_since_epoch(); }
    task<void> ready_for(step_group::member who, unsigned part);
    task<result<shared_block>> take(
        step_group::member who,
        step_block block,
        const block_shape& shape,
        block_source::verified by
    );
    task<void> wait_for_others(step_group::member who, unsigned part, unsigned at);
    static bool suits(kept_bytes& kept, const block_shape& shape, block_source::verified by);
    bool stands_still(step_group::member who, unsigned part) const;
    void look_at_lines();
    task<void> wait(unsigned at, clock::time_point until);
    void wake(unsigned at);
    void wake_all();
    void drop_unwanted();

    any_io_executor on_;
    block_source& from_;
    step_group rules_;
    std::map<step_group::member, lane_id> lanes_;
    std::map<std::pair<step_group::member, unsigned>, const s3::outlet*> ways_; ///< of parts
    clock::time_point looked_{};
    std::map<step_block, kept_bytes> blocks_;
    std::set<step_block> being_made_;
    std::multimap<unsigned, follower> followers_;                 ///< by part
    std::multimap<unsigned, boost::asio::steady_timer*> waiting_; ///< by part; 0: to begin one
};

} // namespace sluice
