// engine: a running transfer, as its handle, its work and its supervisor see it.
#include "transfer_state.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include <unistd.h>

namespace sluice {

namespace {

using steady = std::chrono::steady_clock;

/// The supervisor's view of one transfer.
struct watch {
    transfer::state& shared;
    transfer_work& work;
    steady::time_point started = steady::now();
    steady::time_point stored{};
    std::int64_t version = -1;

    double seconds() const {
        return std::chrono::duration<double>(steady::now() - started).count();
    }
};

/// Another process may have changed what is wished for.
task<void> look_for_wishes(watch& on) {
    struct wish {
        std::int64_t version;
        bool pause = false;
    };
    auto ask = [&on]() -> result<wish> {
        auto version = on.shared.journal->data_version();
        if (!version) return version.error();
        wish seen{*version, false};
        if (*version == on.version) return seen;
        auto row = on.shared.journal->find_transfer(on.shared.run.name);
        if (!row) return row.error();
        seen.pause = *row && (*row)->desired == "paused";
        return seen;
    };
    auto seen = co_await journaled(on.shared.run, ask);
    if (!seen) co_return; // the journal's own users will report it
    on.version = seen->version;
    if (seen->pause) on.shared.stop(false);
}

task<void> store_progress(watch& on, const progress& now, const std::string& error) {
    on.stored = steady::now();
    const std::string text = to_json(now);
    auto store = [&on, &now, &text, &error] {
        return on.shared.journal->set_observed(on.shared.run.name, now.state, text, error);
    };
    auto stored = co_await journaled(on.shared.run, store);
    if (!stored)
        on.shared.run.log.write(log_level::warning, "state file: " + describe(stored.error()));
}

task<void> turn(watch& on) {
    co_await look_for_wishes(on);
    progress now = on.work.look(on.seconds());
    now.state = on.shared.run.control.stopping() ? "pausing" : "running";
    on.shared.show(now);
    constexpr std::chrono::seconds between{1};
    if (steady::now() - on.stored < between) co_return;
    const std::string no_error;
    co_await store_progress(on, now, no_error);
}

/// Looks after the work until it has ended, or must be cut.
task<bool> watch_until_end(watch& on, const bool& finished, event& ended) {
    constexpr std::chrono::milliseconds beat{50};
    constexpr unsigned beats_per_turn = 4;
    std::optional<deadline> drain;
    for (unsigned n = 0; !finished; ++n) {
        if (n % beats_per_turn == 0) co_await turn(on);
        if (ended.is_set()) break;
        if (on.shared.run.control.stopping() && !drain) {
            on.work.close();
            drain = deadline::in(on.shared.run.rules.drain);
        }
        if (drain && (on.shared.halted || drain->passed())) co_return false;
        co_await sleep_for(beat);
    }
    co_return true;
}

std::string final_state(const std::optional<failure>& outcome) {
    if (!outcome) return "completed";
    return outcome->code == engine_errc::paused ? "paused" : "failed";
}

failure as_failure(const std::exception& thrown) {
    failure why;
    why.code = errc::io_error;
    if (const auto* known = dynamic_cast<const boost::system::system_error*>(&thrown))
        why.code = known->code();
    if (dynamic_cast<const std::bad_alloc*>(&thrown))
        why.code = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
    why.where = thrown.what();
    return why;
}

/// Tells the end in every case, or the supervisor would wait for ever. What the work throws is a
/// failure as any other, unless it was cancelled.
task<void>
work_to_end(transfer_work& work, bool& finished, event& ended, std::optional<failure>& thrown) {
    try {
        co_await work.work();
        finished = true;
    } catch (const std::exception& why) {
        thrown = as_failure(why);
        if (thrown->code == boost::asio::error::operation_aborted) thrown.reset();
    }
    ended.set();
}

} // namespace

std::string this_process() {
    char host[256] = "localhost";
    ::gethostname(host, sizeof host - 1);
    return "pid " + std::to_string(::getpid()) + " on " + host;
}

transfer::state::state(
    any_io_executor on,
    any_io_executor blocking,
    std::unique_ptr<state_store> store,
    logger& log,
    const transfer_rules& rules,
    std::string name
)
    : journal(std::move(store)),
      run{on, blocking, *journal, log, run_control(), rules, std::move(name), this_process()},
      ended_event(on) {}

void transfer::state::stop(bool at_once) {
    run.control.stop();
    halted = halted || at_once;
}

void transfer::state::show(const progress& now) {
    const std::lock_guard<std::mutex> hold(shown_guard);
    shown = now;
}

task<void> supervise(std::shared_ptr<transfer::state> shared, std::shared_ptr<transfer_work> work) {
    watch on{*shared, *work};
    bool finished = false;
    event ended(shared->run.on);
    task_group group(shared->run.on);
    std::optional<failure> thrown;
    group.spawn([&work, &finished, &ended, &thrown] {
        return work_to_end(*work, finished, ended, thrown);
    });
    const bool by_itself = co_await watch_until_end(on, finished, ended);
    if (!by_itself) group.cancel();
    co_await group.join();
    report end;
    end.outcome = work->outcome();
    end.outcome_side = work->outcome_side();
    if (thrown) end.outcome = thrown;
    if (!end.outcome && !finished) {
        failure cut;
        cut.code = engine_errc::paused;
        end.outcome = cut;
    }
    end.final = work->look(on.seconds());
    end.final.state = final_state(end.outcome);
    shared->show(end.final);
    std::string error;
    if (end.outcome && end.final.state == "failed") error = describe(*end.outcome);
    co_await store_progress(on, end.final, error);
    shared->lock.reset();
    shared->ended = std::move(end);
    shared->ended_event.set();
}

const std::string& transfer::name() const {
    return state_->run.name;
}

void transfer::pause() {
    boost::asio::post(state_->run.on, [shared = state_] { shared->stop(false); });
}

void transfer::halt() {
    boost::asio::post(state_->run.on, [shared = state_] { shared->stop(true); });
}

progress transfer::snapshot() const {
    const std::lock_guard<std::mutex> hold(state_->shown_guard);
    return state_->shown;
}

task<report> transfer::wait() {
    const std::shared_ptr<state> shared = state_; // the handle may go before the wait ends
    co_await shared->ended_event.wait();
    co_return *shared->ended;
}

} // namespace sluice
