// tools: the runs that `sluice bench fanout` compares.
#include "../core/json_text.hpp"
#include "../io/child_process.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "../io/stderr_logger.hpp"
#include "bench_fanout.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/engine.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

namespace sluice::command {

namespace {

std::string bucket_of(unsigned n) {
    return "fanout-" + std::to_string(n);
}

/// The faults that make destinations slow, as the simulator's scenario.
std::string scenario_of(const fanout_case& what) {
    json_array rules;
    for (unsigned n = 0; n < what.destinations; ++n) {
        json_object rule;
        rule.text("bucket", bucket_of(n)).number("count", 0);
        double share = n == 0 ? what.first_rate : 1;
        if (what.destinations > 1 && what.spread > 0)
            share = 1 - what.spread + 2 * what.spread * n / (what.destinations - 1);
        if (share == 0)
            rule.text("kind", "stall").text("operation", "*");
        else
            rule.text("kind", "slow").text("operation", "UploadPart");
        rule.number("bytes", static_cast<std::uint64_t>(share * static_cast<double>(what.rate)));
        if (share == 0 || what.rate > 0) rules.add(rule.done());
    }
    json_object scenario;
    scenario.value("faults", rules.done());
    return scenario.done();
}

task<int> fill(runtime& rt, std::string directory, std::string name, made_events what) {
    const log_store store(directory, rt.executor(), rt.blocking());
    auto filled = co_await fill_stream(store, name, what);
    co_return filled ? 0 : complain(filled.error(), side::neither);
}

bool all_ended(const progress& now, const fanout_case& what) {
    const auto ended = [](const target_progress& each) {
        return each.state == "completed" || each.state == "failed";
    };
    const auto first = now.targets.begin() + (what.first_counts ? 0 : 1);
    return !now.targets.empty() && std::all_of(first, now.targets.end(), ended);
}

task<int>
measure(engine& with, export_spec spec, const fanout_case& what, fanout_figures& figures) {
    cost_meter cost;
    cost.start();
    auto starting = with.start(std::move(spec));
    auto started = co_await std::move(starting);
    if (!started) co_return complain(started.error().why, started.error().where);
    progress now = started->snapshot();
    while (!all_ended(now, what)) {
        co_await sleep_for(std::chrono::milliseconds(2));
        now = started->snapshot();
    }
    cost.stop();
    if (!what.first_counts) started->halt();
    const report done = co_await started->wait();
    const bool cut = done.outcome && done.outcome->code == engine_errc::paused;
    if (done.outcome && !(cut && !what.first_counts))
        co_return complain(*done.outcome, done.outcome_side);
    figures.seconds = cost.wall();
    figures.cpu_user = cost.user();
    figures.cpu_system = cost.system();
    figures.source_read = now.source_bytes_read;
    figures.peak_memory = cost_meter::peak_memory();
    for (const target_progress& each : now.targets)
        figures.bytes = std::max(figures.bytes, each.bytes);
    co_return 0;
}

} // namespace

/// In a process of its own: what it touches is not to be counted.
result<void> fanout_bench::make_log(const std::string& name, const made_events& what) const {
    auto made = run_in_child([&]() -> std::string {
        runtime rt;
        auto filling = fill(rt, scratch_, name, what);
        return rt.run(std::move(filling)) == 0 ? "made" : "";
    });
    if (!made) return made.error();
    return result<void>();
}

std::string fanout_bench::work(const export_words& words, const fanout_case& what) const {
    ::setenv("AWS_ACCESS_KEY_ID", "simulator", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "simulator-secret", 1);
    auto spec = make_export_spec(words);
    if (!spec) {
        complain(spec.error(), side::neither);
        return "";
    }
    stderr_logger log(log_format::text, log_level::error);
    scratch_directory state(scratch_ + "/state");
    engine_options options;
    options.state_file = state.path() + ".sqlite";
    options.log = &log;
    fanout_figures figures;
    int status = 0;
    {
        runtime rt;
        engine with(rt.executor(), options);
        auto measuring = measure(with, std::move(*spec), what, figures);
        status = rt.run(std::move(measuring));
    }
    for (const char* each : {".sqlite", ".sqlite-wal", ".sqlite-shm"})
        ::remove((state.path() + each).c_str());
    if (status != 0) return "";
    std::string bytes(sizeof(figures), '\0');
    std::memcpy(bytes.data(), &figures, sizeof(figures));
    return bytes;
}

result<fanout_figures> fanout_bench::run(const std::string& stream, const fanout_case& what) const {
    const std::string scenario = scratch_ + "/scenario.json";
    std::ofstream(scenario, std::ios::trunc) << scenario_of(what);
    std::vector<std::string> words{"--listen", "127.0.0.1:0", "--discard", "1MiB", "--quiet"};
    words.insert(words.end(), {"--scenario", scenario});
    for (unsigned n = 0; n < what.destinations; ++n)
        words.insert(words.end(), {"--bucket", bucket_of(n)});
    auto server = start_program(simulator_, words);
    if (!server) return server.error();
    export_words asked;
    asked.from = "log://" + scratch_ + "/" + stream;
    for (unsigned n = 0; n < what.destinations; ++n)
        asked.to.push_back("s3://" + bucket_of(n) + "/bench");
    asked.format = flags_.format;
    asked.codec = flags_.codec;
    asked.object_bytes = flags_.object_bytes;
    asked.part_size = flags_.part_size;
    asked.common.memory = flags_.memory;
    asked.common.concurrency = what.concurrency;
    asked.common.s3.endpoint_url = server->second.substr(server->second.find("http"));
    auto told = run_in_child([&] { return work(asked, what); });
    if (!told) return told.error();
    fanout_figures figures;
    std::memcpy(&figures, told->data(), std::min(told->size(), sizeof(figures)));
    return figures;
}

} // namespace sluice::command
