// engine: a running transfer, as its handle, its work and its supervisor see it.
#include "transfer_state.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/destinations.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
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
    std::map<std::int64_t, std::string> states{}; ///< of each destination, as last stored

    double seconds() const {
        return std::chrono::duration<double>(steady::now() - started).count();
    }
};

/// What the host wants is laid down first: then there is one truth.
void lay_down_orders(transfer::state& shared, const std::vector<transfer_order>& orders) {
    for (const transfer_order& each : orders) {
        state_store& journal = *shared.journal;
        const std::string& name = shared.run.name;
        auto done = each.desired == "added"
                        ? add_destination(journal, name, each.destination)
                        : want(journal, name, each.destination, each.partition, each.desired);
        if (!done) shared.run.log.write(log_level::warning, describe(done.error()));
    }
}

struct seen_wishes {
    std::int64_t version = 0;
    wish what = wish::run;
    std::vector<destination_row> destinations;
};

result<seen_wishes> read_wishes(transfer::state& shared, std::int64_t known) {
    seen_wishes seen;
    auto version = shared.journal->data_version();
    if (!version) return version.error();
    seen.version = *version;
    if (*version == known) return seen;
    auto row = shared.journal->find_transfer(shared.run.name);
    if (!row) return row.error();
    if (*row) seen.what = wish_of((*row)->desired);
    auto destinations = shared.journal->destinations(shared.run.name);
    if (!destinations) return destinations.error();
    seen.destinations = std::move(*destinations);
    return seen;
}

/// Another process, or the host, may have changed what is wished for.
task<void> look_for_wishes(watch& on) {
    const std::vector<transfer_order> orders = std::exchange(on.shared.orders, {});
    if (!orders.empty()) on.version = -1; // our own changes do not count in the version
    auto ask = [&on, &orders]() -> result<seen_wishes> {
        lay_down_orders(on.shared, orders);
        return read_wishes(on.shared, on.version);
    };
    auto seen = co_await journaled(on.shared.run, ask);
    if (!seen || seen->version == on.version) co_return; // its own users report a failing journal
    on.version = seen->version;
    // A run that is there to end some of them leaves the rest as it is.
    if (!on.shared.keeps) on.shared.ask(seen->what);
    on.work.obey(seen->destinations);
}

/// Those whose state, or one of whose lanes', is not as stored.
std::vector<destination_row> changed_states(watch& on) {
    std::vector<destination_row> changed;
    for (destination_row& each : on.work.observed()) {
        std::string now = each.endpoint + " " + each.observed + " " + each.last_error;
        for (const lane_wish_row& lane : each.lanes)
            now += " " + lane.observed;
        std::string& before = on.states[each.id];
        if (now == before) continue;
        before = std::move(now);
        changed.push_back(std::move(each));
    }
    return changed;
}

task<void> store_states(watch& on) {
    const std::vector<destination_row> changed = changed_states(on);
    if (changed.empty()) co_return;
    auto store = [&on, &changed] { return on.shared.journal->set_observed(changed); };
    auto stored = co_await journaled(on.shared.run, store);
    if (!stored)
        on.shared.run.log.write(log_level::warning, "state file: " + describe(stored.error()));
}

/// `progress` as JSON.
task<void> store_observed(
    watch& on, const std::string& state, const std::string& progress, const std::string& error
) {
    auto store = [&on, &state, &progress, &error] {
        return on.shared.journal->set_observed(on.shared.run.name, state, progress, error);
    };
    auto stored = co_await journaled(on.shared.run, store);
    if (!stored)
        on.shared.run.log.write(log_level::warning, "state file: " + describe(stored.error()));
}

task<void> store_progress(watch& on, const progress& now, const std::string& error) {
    on.stored = steady::now();
    const std::string text = to_json(now);
    co_await store_observed(on, now.state, text, error);
}

/// The journal knows the transfer as before the command.
task<void> forget_command(transfer::state& shared) {
    auto forget = [&shared] { return put_back(*shared.journal, *shared.before); };
    auto forgotten = co_await journaled(shared.run, forget);
    if (!forgotten)
        shared.run.log.write(log_level::warning, "state file: " + describe(forgotten.error()));
}

/// The last word. A run that only ended some destinations, and a command that was refused, leave
/// the transfer as it was.
task<void> store_end(watch& on, const report& done, const std::string& error) {
    const progress& end = done.final;
    const bool unasked = on.shared.wanted == wish::run; // nobody has paused or stopped it meanwhile
    if (on.shared.before && unasked && done.outcome &&
        is_refused(*done.outcome, done.outcome_side, end)) {
        co_await forget_command(on.shared);
        co_return;
    }
    co_await store_states(on);
    if (!on.shared.keeps) {
        co_await store_progress(on, end, error);
        co_return;
    }
    const transfer_row& before = *on.shared.keeps;
    co_await store_observed(on, before.observed, before.progress, before.last_error);
}

/// The limit that is reached, told; empty: none.
std::string limit_reached(const transfer_rules& rules, const progress& seen, double seconds) {
    std::uint64_t bytes = 0, events = 0;
    for (const target_progress& each : seen.targets) {
        bytes += each.bytes;
        events = std::max(events, each.events);
    }
    const std::chrono::duration<double> most = rules.max_duration;
    if (rules.max_bytes > 0 && bytes >= rules.max_bytes) return "--max-transfer";
    if (rules.max_events > 0 && events >= rules.max_events) return "--max-events";
    return most.count() > 0 && seconds >= most.count() ? "--max-duration" : "";
}

void look_at_limits(watch& on, const progress& seen) {
    const std::string which = limit_reached(on.shared.run.rules, seen, on.seconds());
    if (which.empty() || on.shared.wanted != wish::run) return;
    on.shared.limit = failure();
    on.shared.limit->code = engine_errc::limit_reached;
    on.shared.limit->where = which + " is reached";
    on.shared.ask(wish::pause);
}

task<void> turn(watch& on) {
    co_await look_for_wishes(on);
    co_await on.work.refresh(on.seconds());
    progress now = on.work.look(on.seconds());
    now.state = state_on_the_way(on.shared.wanted);
    on.shared.show(now);
    look_at_limits(on, now);
    co_await store_states(on);
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
        const bool told = !on.shared.orders.empty();
        if (told || n % beats_per_turn == 0) co_await turn(on);
        if (ended.is_set()) break;
        if (on.shared.run.control.stopping() && !drain) {
            on.work.close();
            const bool cut = on.shared.wanted == wish::cancel;
            drain = deadline::in(cut ? std::chrono::milliseconds(0) : on.shared.run.rules.drain);
        }
        if (drain && (on.shared.halted || drain->passed())) co_return false;
        co_await sleep_for(beat);
    }
    co_return true;
}

/// What was told to end, and ended with something missing, has not come to its own end.
std::string final_state(const std::optional<failure>& outcome, wish wanted) {
    if (!outcome) return "completed";
    const error_code& code = outcome->code;
    if (code == engine_errc::gap && wanted == wish::pause) return "paused";
    if (code == engine_errc::gap && wanted == wish::stop) return "stopped";
    if (code == engine_errc::gap || code == engine_errc::nothing_to_do) return "completed";
    if (code == engine_errc::stopped) return "stopped";
    if (code == engine_errc::cancelled) return "cancelled";
    const bool resumable = code == engine_errc::paused || code == engine_errc::limit_reached ||
                           code == s3::s3_errc::expired_token;
    return resumable ? "paused" : "failed";
}

/// Nothing of it runs any more, also where the work was cut before it could say so.
void let_rest(progress& end) {
    const auto settle = [&end](std::string& state) {
        const bool open = !state.empty() && state != "pending" && !is_at_rest(state);
        if (open) state = end.state;
    };
    for (target_progress& target : end.targets) {
        settle(target.state);
        for (lane_progress& lane : target.lanes)
            settle(lane.state);
    }
}

/// What was asked for is no error.
bool is_worth_telling(const failure& end) {
    const error_code& code = end.code;
    return code != engine_errc::paused && code != engine_errc::stopped &&
           code != engine_errc::cancelled && code != engine_errc::nothing_to_do;
}

/// Whether the wish asks for more than that nothing goes on.
bool wants_farewell(const transfer::state& shared) {
    const bool aborts = shared.run.rules.pausing == on_pause::abort;
    return shared.wanted > wish::pause || (shared.wanted == wish::pause && aborts);
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

task<void>
farewell_to_end(watch& on, std::optional<failure>& failed, bool& finished, event& ended) {
    try {
        auto done = co_await on.work.farewell(on.shared.wanted);
        if (!done) failed = done.error();
        finished = true;
    } catch (const std::exception& why) {
        failed = as_failure(why);
        if (failed->code == boost::asio::error::operation_aborted) failed.reset();
    }
    ended.set();
}

/// The lanes have ended; their farewell may take as long as patience lasts, unless it is cut.
task<std::optional<failure>> say_farewell(watch& on) {
    on.shared.run.control.say_farewell();
    std::optional<failure> failed;
    bool finished = false;
    event ended(on.shared.run.on);
    task_group group(on.shared.run.on);
    group.spawn([&on, &failed, &finished, &ended] {
        return farewell_to_end(on, failed, finished, ended);
    });
    const bool by_itself = co_await watch_until_end(on, finished, ended);
    if (!by_itself) group.cancel();
    co_await group.join();
    failure end;
    end.code = engine_errc::paused;
    if (failed) co_return failed;
    if (finished && on.shared.wanted == wish::stop) end.code = engine_errc::stopped;
    if (finished && on.shared.wanted == wish::cancel) end.code = engine_errc::cancelled;
    co_return end;
}

/// What the end is called when the wishes and the limits are taken into account.
task<std::optional<failure>> settle_outcome(watch& on, std::optional<failure> outcome) {
    const bool quiet = !outcome || outcome->code == engine_errc::paused;
    const bool due = wants_farewell(on.shared) && (quiet || on.shared.wanted == wish::cancel);
    if (due && !on.shared.halted) outcome = co_await say_farewell(on);
    if (outcome && outcome->code == engine_errc::paused && on.shared.limit)
        outcome = on.shared.limit;
    if (!outcome && on.shared.run.rules.fail_if_empty && !has_moved(on.work.look(on.seconds()))) {
        outcome = failure();
        outcome->code = engine_errc::nothing_to_do;
    }
    co_return outcome;
}

/// Tells the end in every case, or the supervisor would wait for ever. What the work throws is a
/// failure as any other, unless it was cancelled.
task<void> work_to_end(watch& on, bool& finished, event& ended, std::optional<failure>& thrown) {
    const wishes_look look_again = [&on] { return look_for_wishes(on); };
    try {
        co_await on.work.work(look_again);
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

task<void> join_for_good(task_group& group, const wishes_look& look_again) {
    do {
        co_await group.join();
        co_await look_again();
    } while (group.running() > 0);
}

transfer::state::state(
    any_io_executor on,
    any_io_executor blocking,
    std::unique_ptr<state_store> store,
    logger& log,
    const transfer_rules& rules,
    std::string name,
    wall_clock clock,
    std::shared_ptr<step_queue> steps
)
    : journal(std::move(store)),
      run{on,
          blocking,
          *journal,
          log,
          run_control(),
          rules,
          std::move(name),
          this_process(),
          std::move(clock),
          std::move(steps)},
      ended_event(on) {}

void transfer::state::ask(wish what) {
    if (what <= wanted) return;
    wanted = what;
    const bool seals = wanted == wish::stop || run.rules.pausing == on_pause::seal;
    if (wanted != wish::cancel && seals && can_seal)
        run.control.seal();
    else
        run.control.stop();
}

void transfer::state::stop(bool at_once) {
    ask(wish::pause);
    if (!at_once) return;
    halted = true;
    run.control.stop();
}

void transfer::state::show(const progress& now) {
    const std::lock_guard<std::mutex> hold(shown_guard);
    shown = now;
}

task<void> give_up_command(transfer::state& shared, const failure& why) {
    if (shared.before) {
        co_await forget_command(shared);
        co_return;
    }
    auto note = [&shared, &why] {
        return shared.journal->set_observed(shared.run.name, "failed", "", describe(why));
    };
    auto noted = co_await journaled(shared.run, note);
    if (!noted) shared.run.log.write(log_level::warning, "state file: " + describe(noted.error()));
}

task<void> supervise(std::shared_ptr<transfer::state> shared, std::shared_ptr<transfer_work> work) {
    watch on{*shared, *work};
    shared->can_seal = work->can_seal();
    co_await look_for_wishes(on);
    bool finished = false;
    event ended(shared->run.on);
    task_group group(shared->run.on);
    std::optional<failure> thrown;
    group.spawn([&on, &finished, &ended, &thrown] {
        return work_to_end(on, finished, ended, thrown);
    });
    const bool by_itself = co_await watch_until_end(on, finished, ended);
    if (!by_itself) group.cancel();
    co_await group.join();
    co_await work->refresh(on.seconds());
    report end;
    end.outcome = work->outcome();
    end.outcome_side = work->outcome_side();
    if (thrown) end.outcome = thrown;
    if (!end.outcome && !finished) {
        failure cut;
        cut.code = engine_errc::paused;
        end.outcome = cut;
    }
    auto settled = co_await settle_outcome(on, std::move(end.outcome));
    end.outcome = std::move(settled);
    co_await work->refresh(on.seconds());
    end.final = work->look(on.seconds());
    end.final.state = final_state(end.outcome, shared->wanted);
    let_rest(end.final);
    shared->show(end.final);
    std::string error;
    if (end.outcome && is_worth_telling(*end.outcome)) error = describe(*end.outcome);
    co_await store_end(on, end, error);
    shared->lock.reset();
    shared->ended = std::move(end);
    shared->ended_event.set();
}

} // namespace sluice
