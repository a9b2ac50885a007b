// engine: a running transfer, as its handle, its work and its supervisor see it.
#pragma once

#include "refused_command.hpp"
#include "transfer_run.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// "pid 123 on host", for people.
std::string this_process();

/// What the host wants of a part of a transfer; the supervisor lays it down in the journal, from
/// where it is followed as other processes' wishes are.
struct transfer_order {
    std::string destination;                ///< an address; empty: all of them
    std::optional<std::uint32_t> partition; ///< none: all of it
    std::string desired;                    ///< as in the journal, or "added"
};

struct transfer::state {
    state(
        any_io_executor on,
        any_io_executor blocking,
        std::unique_ptr<state_store> store,
        logger& log,
        const transfer_rules& rules,
        std::string name,
        wall_clock clock = {},
        std::shared_ptr<step_queue> steps = nullptr
    );

    std::unique_ptr<state_store> journal;
    std::unique_ptr<state_store::run_lock> lock;
    transfer_run run;
    event ended_event;
    std::optional<report> ended;
    bool halted = false;
    wish wanted = wish::run;
    bool can_seal = false;              ///< as the work says
    std::optional<failure> limit;       ///< reached: why the transfer paused by itself
    std::vector<transfer_order> orders; ///< not yet laid down
    /// Set where this run only does what wishes demand: what is to be known of the transfer after.
    std::optional<transfer_row> keeps;
    /// Set where the command is another one than that which the journal knew.
    std::optional<known_transfer> before;

    std::mutex shown_guard;
    progress shown; ///< a copy for other threads

    /// On the strand, as all below. What was asked for before, or more, stands.
    void ask(wish what);
    void stop(bool at_once);
    void show(const progress& now);
};

/// Reads what the journal wants by now, and has the work obey it.
using wishes_look = std::function<task<void>()>;

/// Waits until the children of `group` have ended and another look at the wishes begins none: a
/// wish that was laid down before the end is not lost. Cancellation and exceptions: as of
/// task_group::join.
task<void> join_for_good(task_group& group, const wishes_look& look_again);

/// What a kind of transfer brings to its supervisor. Everything is called on the strand.
class transfer_work {
  public:
    virtual ~transfer_work() = default;
    /// Does it all; failures end in `outcome`. `look_again` obeys what the journal wants by now: a
    /// work of several lanes asks it when the last of them has ended, and goes on with what is
    /// begun by that. Cancellation: terminal; resumable.
    virtual task<void> work(const wishes_look& look_again) = 0;
    /// No new step is to start.
    virtual void close() = 0;
    /// Whether objects under way can be ended early, and published.
    virtual bool can_seal() const { return false; }
    /// What the journal wants of destinations and lanes: before the work begins, and when it may
    /// have changed.
    virtual void obey(const std::vector<destination_row>&) {}
    /// What other threads know of it is fetched; `observed` and `look` tell that then. `seconds` as
    /// `look` takes it.
    virtual task<void> refresh(double seconds) {
        static_cast<void>(seconds);
        co_return;
    }
    /// What is, for the journal. Empty: nothing to be told yet.
    virtual std::vector<destination_row> observed() { return {}; }
    /// After `work` has ended because of this wish: what is to be undone or given back. Errors: as
    /// those of `work`; it may be repeated. Cancellation: terminal; resumable.
    virtual task<result<void>> farewell(wish) { co_return result<void>(); }
    /// The state of things; `seconds` since the start, for rates.
    virtual progress look(double seconds) = 0;
    virtual std::optional<failure> outcome() const = 0;
    virtual side outcome_side() const = 0;
};

/// The command has failed before any work began: the journal knows the transfer as before, or,
/// where it did not, that this has failed.
task<void> give_up_command(transfer::state& shared, const failure& why);

/// Runs the work to its end: watches the stored wish (another process may pause us), shows and
/// stores progress about once a second, drains or cuts when a stop is asked for, and leaves the
/// report in `shared.ended`.
task<void> supervise(std::shared_ptr<transfer::state> shared, std::shared_ptr<transfer_work> work);

} // namespace sluice
