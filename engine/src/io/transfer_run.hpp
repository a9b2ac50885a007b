// engine: what all parts of one running transfer share.
#pragma once

#include "../core/patience.hpp"
#include "run_control.hpp"

#include <sluice/base/clock.hpp>
#include <sluice/base/log.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/engine/state_store.hpp>
#include <sluice/s3/error.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace sluice {

class step_queue;

/// Lives as long as the transfer; everybody in it refers to this. Use on the transfer's strand.
struct transfer_run {
    any_io_executor on;       ///< the strand
    any_io_executor blocking; ///< threads that may block
    state_store& journal;
    logger& log;
    run_control control;
    transfer_rules rules;
    std::string name;
    std::string owner;     ///< "pid 123 on host", for people
    wall_clock clock = {}; ///< of what is written down
    /// Of the executor, shared with other transfers; null: its own.
    std::shared_ptr<step_queue> steps = nullptr;
};

/// What one lane of the transfer works with: the same, under a control of its own below `whole`'s,
/// which outlives it.
inline transfer_run part_of(const transfer_run& whole) {
    return transfer_run{
        whole.on,
        whole.blocking,
        whole.journal,
        whole.log,
        run_control(&whole.control),
        whole.rules,
        whole.name,
        whole.owner,
        whole.clock,
        whole.steps};
}

/// Runs a journal call where it may block. `call` is named by the caller and outlives the await.
template <class Call>
auto journaled(transfer_run& run, Call& call) {
    auto on_thread = [&call] { return call(); };
    return run_blocking(run.blocking, on_thread);
}

/// The transient failures of a store, as its lanes must see them: wait and try again, or give up.
/// A body whose checksum the store finds wrong is none: the client has read and sent it anew
/// several times by then, so it is altered each time, here or on the way.
inline bool is_transient(const failure& why) {
    if (why.code == s3::s3_errc::bad_digest) return false;
    const failure_class kind = s3::classify(why);
    return kind == failure_class::retry || kind == failure_class::throttle;
}

/// Waits before the next try after `why`. True: try again. False: `why` has become the answer,
/// which may be that the transfer is to stop (paused), or that patience is at its end (gave_up,
/// with the last failure told).
task<bool>
wait_for_next_try(transfer_run& run, patience& with, failure& why, std::string& last_error);

/// Repeats `attempt()` (which returns task<result<T>>) until it succeeds, fails for good, or
/// patience ends. Only for operations that may be repeated whatever became of the try before.
template <class Attempt>
auto persistently(transfer_run& run, patience& with, std::string& last_error, Attempt& attempt)
    -> decltype(attempt()) {
    while (true) {
        auto outcome = co_await attempt();
        if (outcome) {
            with.success();
            co_return outcome;
        }
        failure why = outcome.error();
        const bool again = co_await wait_for_next_try(run, with, why, last_error);
        if (!again) co_return why;
    }
}

} // namespace sluice
