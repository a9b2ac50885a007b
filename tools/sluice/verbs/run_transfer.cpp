// tools: a transfer from its spec to the exit status; what `export` and `import` share.
#include "run_transfer.hpp"

#include "../core/summary.hpp"
#include "../core/way_out.hpp"
#include "../io/core_threads.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "../io/transfer_console.hpp"

#include <sluice/engine.hpp>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace sluice::command {

namespace {

bool was_asked_for(const failure& end) {
    return end.code == engine_errc::paused || end.code == engine_errc::stopped ||
           end.code == engine_errc::cancelled;
}

/// What the person sees at the end. On stdout stands only what was asked for as JSON.
int tell_ending(const ending& end, const display& shown) {
    if (end.outcome && !was_asked_for(*end.outcome))
        write_err(error_line(*end.outcome, way_out(*end.outcome, end.verb)) + "\n");
    if (!shown.console.quiet && !shown.json && !end.final.kind.empty())
        write_err(summary_text(end));
    if (shown.console.quiet && can_be_continued(end) && !end.final.kind.empty())
        write_err("continue with: " + end.command + "\n");
    if (!shown.json) return end.exit_status;
    auto written = write_out(summary_json(end) + "\n");
    return written ? end.exit_status : complain(written.error(), side::neither);
}

/// Watches as long as it lives: also when the wait is left by an exception.
struct watching {
    transfer_console& console;
    watching(transfer_console& on, transfer& what) : console(on) { console.watch(what); }
    ~watching() { console.end(); }
    watching(const watching&) = delete;
    watching& operator=(const watching&) = delete;
};

task<report> wait_and_watch(transfer& running, transfer_console& console) {
    const watching until_the_end(console, running);
    co_return co_await running.wait();
}

const char* verb_of(const export_spec&) {
    return "export";
}
const char* verb_of(const import_spec&) {
    return "import";
}
const char* verb_of(const repair_spec&) {
    return "repair";
}

template <class Spec>
task<int>
transfer_to_end(engine& with, const Spec& spec, transfer_console& console, const display& shown) {
    const auto begun = std::chrono::steady_clock::now();
    ending end;
    end.command = spec.command;
    end.verb = verb_of(spec);
    Spec own = spec; // named: GCC 12 must not see a temporary of it beside the await
    auto starting = with.start(std::move(own));
    auto started = co_await std::move(starting);
    if (!started) {
        end.outcome = started.error().why;
        end.exit_status = exit_status(*end.outcome, started.error().where);
        co_return tell_ending(end, shown);
    }
    report done = co_await wait_and_watch(*started, console);
    end.final = std::move(done.final);
    end.outcome = std::move(done.outcome);
    if (end.outcome) end.exit_status = exit_status(*end.outcome, done.outcome_side);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    end.seconds = took.count();
    co_return tell_ending(end, shown);
}

unsigned or_one_per_core(unsigned threads) {
    return threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : threads;
}

template <class Spec>
int run_any_transfer(
    const Spec& spec, const transfer_places& places, const display& shown, unsigned threads = 1
) {
    stderr_logger log(shown.format, shown.least);
    core_threads more(threads - 1);
    runtime rt;
    engine_options options;
    options.data_dir = places.data_dir;
    options.state_file = places.state_file;
    options.log = &log;
    options.cores = more.executors();
    engine with(rt.executor(), std::move(options));
    transfer_console console(rt.executor(), shown.console);
    return rt.run(transfer_to_end(with, spec, console, shown));
}

} // namespace

int run_transfer(
    const export_spec& spec, const transfer_places& places, const display& shown, unsigned threads
) {
    return run_any_transfer(spec, places, shown, or_one_per_core(threads));
}

int run_transfer(
    const import_spec& spec, const transfer_places& places, const display& shown, unsigned threads
) {
    return run_any_transfer(spec, places, shown, or_one_per_core(threads));
}

int run_transfer(const repair_spec& spec, const transfer_places& places, const display& shown) {
    return run_any_transfer(spec, places, shown);
}

} // namespace sluice::command
