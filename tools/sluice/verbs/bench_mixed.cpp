// tools: `sluice bench mixed`: exports and imports beside each other in one process, under one
// budget of memory, while some of them are throttled, paused and cancelled; then shares by weight.
#include "bench_mixed.hpp"

#include "../io/child_process.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "../io/stderr_logger.hpp"
#include "bench_tools.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>

namespace sluice::command {

namespace {

using clock = std::chrono::steady_clock;

std::vector<mixed_transfer> scene() {
    const auto one = [](const char* name, bool is_import, mixed_fate fate) {
        mixed_transfer made;
        made.name = name;
        made.is_import = is_import;
        made.fate = fate;
        return made;
    };
    return {
        one("export-a", false, mixed_fate::left_alone),
        one("export-b", false, mixed_fate::left_alone),
        one("export-c", false, mixed_fate::throttled),
        one("export-d", false, mixed_fate::paused),
        one("export-e", false, mixed_fate::cancelled),
        one("import-a", true, mixed_fate::left_alone),
        one("import-b", true, mixed_fate::throttled),
        one("import-c", true, mixed_fate::paused),
    };
}

/// Of the server towards which transfers share: bytes a second of each connection, in a bucket.
constexpr std::uint64_t connection_pace = 8 << 20;
constexpr unsigned at_once_shared = 8; // of the one that weighs most, and has most to send
constexpr const char* shared_bucket = "shared";

/// The buckets "ready", which the imports read, and one for each export.
constexpr const char* ready_bucket = "ready";

/// The log is in `scratch`, so is what imports make.
class mixed_run {
  public:
    mixed_run(
        runtime& rt, engine& with, const mixed_flags& flags, std::string server, std::string scratch
    )
        : rt_(rt),
          engine_(with),
          flags_(flags),
          server_(std::move(server)),
          scratch_(std::move(scratch)) {}

    /// A log, and an export of it for the imports.
    task<result<void>> prepare(made_events what);
    task<result<void>> run(mixed_report& report);

  private:
    result<export_spec> spec_of_export(const std::string& name, const std::string& bucket) const;
    result<import_spec> spec_of_import(const std::string& name) const;
    void limit(transfer_rules& rules, mixed_fate fate) const;
    task<void> move(mixed_transfer& what);
    template <class Spec>
    task<void> move_as(mixed_transfer& what, Spec spec);
    void failed(const failure& why) {
        if (!failed_) failed_ = why;
    }

    runtime& rt_;
    engine& engine_;
    const mixed_flags& flags_;
    std::string server_, scratch_;
    std::uint64_t size_ = 0, rate_ = 0;
    std::uint64_t events_ = 0;
    std::optional<failure> failed_;
};

result<export_spec>
mixed_run::spec_of_export(const std::string& name, const std::string& bucket) const {
    export_words words;
    words.common.name = name;
    words.common.s3.endpoint_url = server_;
    words.from = "log://" + scratch_ + "/mixed";
    words.to = {"s3://" + bucket + "/" + name};
    constexpr std::uint64_t objects = 16; // so that there is a middle to pause in
    words.object_bytes = std::to_string(std::max<std::uint64_t>(size_ / objects, 64 << 10));
    return make_export_spec(words);
}

result<import_spec> mixed_run::spec_of_import(const std::string& name) const {
    import_words words;
    words.common.name = name;
    words.common.s3.endpoint_url = server_;
    words.from = std::string("s3://") + ready_bucket + "/ready";
    words.to = "log://" + scratch_ + "/" + name;
    return make_import_spec(words);
}

/// Who is to be paused or cancelled moves no faster until then: so it is in the middle of it.
void mixed_run::limit(transfer_rules& rules, mixed_fate fate) const {
    if (fate != mixed_fate::left_alone) rules.bytes_per_second = static_cast<double>(rate_);
}

task<result<void>> mixed_run::prepare(made_events what) {
    size_ = what.size;
    auto rate = size_of_option("--rate", flags_.rate);
    if (!rate) co_return rate.error();
    rate_ = *rate;
    const log_store store(scratch_, rt_.executor(), rt_.blocking());
    auto filled = co_await fill_stream(store, "mixed", what);
    if (!filled) co_return filled.error();
    events_ = filled->events;
    auto spec = spec_of_export("ready", ready_bucket);
    if (!spec) co_return spec.error();
    auto starting = engine_.start(std::move(*spec));
    auto started = co_await std::move(starting);
    if (!started) co_return started.error().why;
    const report done = co_await started->wait();
    if (done.outcome) co_return *done.outcome;
    co_return result<void>();
}

std::uint64_t bytes_of(const progress& now) {
    std::uint64_t bytes = 0;
    for (const target_progress& each : now.targets)
        bytes += each.bytes;
    return bytes;
}

std::uint64_t events_of(const progress& now) {
    std::uint64_t events = 0;
    for (const target_progress& each : now.targets)
        events += each.events;
    return events;
}

/// Something is on its way, or has come: small transfers may be over with the first request.
bool moves(const progress& now) {
    const auto on_the_way = [](const target_progress& each) { return each.parts_in_flight > 0; };
    return bytes_of(now) > 0 || std::ranges::any_of(now.targets, on_the_way);
}

template <class Spec>
task<void> mixed_run::move_as(mixed_transfer& what, Spec spec) {
    const auto began = clock::now();
    std::uint64_t bytes_before = 0, events_before = 0;
    bool to_be_ended = what.fate == mixed_fate::paused || what.fate == mixed_fate::cancelled;
    limit(spec.rules, what.fate);
    while (true) {
        Spec copy = spec;
        auto starting = engine_.start(std::move(copy));
        auto started = co_await std::move(starting);
        if (!started) co_return failed(started.error().why);
        progress now = started->snapshot();
        const auto has_ended = [&now] { return now.state == "completed" || now.state == "failed"; };
        while (!has_ended()) {
            co_await sleep_for(std::chrono::milliseconds(5));
            now = started->snapshot();
            what.bytes = bytes_before + bytes_of(now);
            what.events = events_before + events_of(now);
            if (!to_be_ended || !moves(now)) continue;
            to_be_ended = false;
            if (what.fate == mixed_fate::paused) started->pause();
            if (what.fate == mixed_fate::cancelled) started->cancel();
            break;
        }
        const report done = co_await started->wait();
        what.bytes = bytes_before += bytes_of(done.final);
        what.events = events_before += events_of(done.final);
        what.seconds = std::chrono::duration<double>(clock::now() - began).count();
        if (!done.outcome) {
            what.outcome = "completed";
            co_return;
        }
        if (done.outcome->code == engine_errc::cancelled) {
            what.outcome = "cancelled";
            co_return;
        }
        if (done.outcome->code != engine_errc::paused) co_return failed(*done.outcome);
        ++what.pauses;
        spec.rules.bytes_per_second.reset();
    }
}

task<void> mixed_run::move(mixed_transfer& what) {
    if (what.is_import) {
        auto spec = spec_of_import(what.name);
        if (!spec)
            failed(spec.error());
        else
            co_await move_as(what, std::move(*spec));
    } else {
        auto spec = spec_of_export(what.name, what.name);
        if (!spec)
            failed(spec.error());
        else
            co_await move_as(what, std::move(*spec));
    }
}

task<result<void>> mixed_run::run(mixed_report& report) {
    report.transfers = scene();
    report.events_each = events_;
    cost_meter cost;
    cost.start();
    task_group group(rt_.executor());
    for (mixed_transfer& each : report.transfers)
        group.spawn([this, &each] { return move(each); });
    co_await group.join();
    cost.stop();
    report.seconds = cost.wall();
    report.cpu_user = cost.user();
    report.cpu_system = cost.system();
    report.peak_memory = cost_meter::peak_memory();
    if (failed_) co_return *failed_;
    co_return result<void>();
}

/// The stream of those that share has several partitions: so steps wait for their turn.
task<result<shares_report>>
share(const shares_scene& scene, log_store store, made_events what, std::uint64_t per_second) {
    const std::chrono::duration<double> span = scene.span + std::chrono::seconds(1);
    what.size = static_cast<std::uint64_t>(span.count() * static_cast<double>(per_second));
    what.partitions = 4;
    auto filled = co_await fill_stream(std::move(store), scene.stream, what);
    if (!filled) co_return filled.error();
    auto measured = co_await measure_shares(scene);
    co_return measured;
}

task<int> measure_mixed(
    mixed_run& run, made_events what, const shares_scene& shared, log_store store, std::string json
) {
    auto ready = co_await run.prepare(what);
    if (!ready) co_return complain(ready.error(), side::neither);
    mixed_report report;
    report.memory_budget = shared.memory;
    auto done = co_await run.run(report);
    if (!done) co_return complain(done.error(), side::neither);
    auto shares = co_await share(shared, std::move(store), what, connection_pace * at_once_shared);
    if (!shares) co_return complain(shares.error(), side::neither);
    report.shares = std::move(*shares);
    const int told = tell_report(report.text(), report.json(), json);
    co_return report.whole() ? told : 1;
}

int bench_mixed(const mixed_flags& flags) {
    made_events what;
    auto size = size_of_option("--size", flags.size);
    if (!size) return complain(size.error(), side::neither);
    auto event_bytes = size_of_option("--event-bytes", flags.event_bytes);
    if (!event_bytes) return complain(event_bytes.error(), side::neither);
    for (const auto& [name, text] : {std::pair{"--rate", flags.rate}, {"--memory", flags.memory}}) {
        auto given = size_of_option(name, text);
        if (!given) return complain(given.error(), side::neither);
        if (*given == 0)
            return complain(
                usage_failure(std::string(name) + " must be at least 1"), side::neither
            );
    }
    if (*size == 0 || *event_bytes == 0)
        return complain(
            usage_failure("--size and --event-bytes must be at least 1"), side::neither
        );
    auto shares_for = duration_of_option("--shares-for", flags.shares_for);
    if (!shares_for) return complain(shares_for.error(), side::neither);
    what.size = *size;
    what.event_bytes = *event_bytes;
    what.partitions = 1;
    auto simulator = flags.simulator.empty() ? find_simulator() : flags.simulator;
    if (!simulator) return complain(simulator.error(), side::neither);
    auto scratch = scratch_directory::make();
    if (!scratch) return complain(scratch.error(), side::neither);
    std::vector<std::string> words{"--listen", "127.0.0.1:0", "--quiet", "--bucket", ready_bucket};
    for (const mixed_transfer& each : scene())
        if (!each.is_import) words.insert(words.end(), {"--bucket", each.name});
    auto server = start_program(*simulator, words);
    if (!server) return complain(server.error(), side::neither);
    auto paced = start_program(
        *simulator,
        {"--listen",
         "127.0.0.1:0",
         "--quiet",
         "--bucket",
         shared_bucket,
         "--min-part-size",
         "1KiB",
         "--bandwidth",
         std::to_string(connection_pace) + "/s"}
    );
    if (!paced) return complain(paced.error(), side::neither);
    ::setenv("AWS_ACCESS_KEY_ID", "simulator", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "simulator-secret", 1);
    stderr_logger log(log_format::text, log_level::error);
    engine_options options;
    options.data_dir = scratch->path();
    options.state_file = scratch->path() + "/state.sqlite";
    options.log = &log;
    options.memory = *size_of_option("--memory", flags.memory);
    runtime rt;
    engine with(rt.executor(), options);
    const auto url_of = [](const std::string& said) { return said.substr(said.find("http")); };
    mixed_run run(rt, with, flags, url_of(server->second), scratch->path());
    const shares_scene shared{
        rt.executor(),
        url_of(paced->second),
        shared_bucket,
        scratch->path(),
        "shared",
        options.memory,
        *shares_for};
    log_store store(scratch->path(), rt.executor(), rt.blocking());
    return rt.run(measure_mixed(run, what, shared, std::move(store), flags.json));
}

} // namespace

void add_bench_mixed(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<mixed_flags>();
    CLI::App* verb = to.add_subcommand("mixed", "Exports and imports beside each other");
    const auto add_size = [verb](const char* name, std::string& value, const char* what) {
        verb->add_option(name, value, what)->type_name("SIZE")->capture_default_str();
    };
    add_size("--size", flags->size, "Bytes of values that each moves");
    add_size("--event-bytes", flags->event_bytes, "Bytes of each value");
    add_size("--memory", flags->memory, "Bytes of buffers, all transfers together");
    add_size("--rate", flags->rate, "Bytes a second of each that is throttled");
    verb->add_option("--shares-for", flags->shares_for, "How long shares by weight are measured")
        ->type_name("TIME")
        ->capture_default_str();
    verb->add_option("--simulator", flags->simulator, "The server to start (else sluice-s3sim)")
        ->type_name("FILE");
    verb->add_option("--json", flags->json, "Write the figures to FILE (- is stdout)")
        ->type_name("FILE");
    verb->footer(
        "It starts the server that it needs, in a process of its own; the logs are made below "
        "$TMPDIR (else /tmp)\nand removed afterwards. Status 1: a transfer did not end as it "
        "should.\n\nExample:\n"
        "  TMPDIR=/dev/shm sluice bench mixed --size 256MiB --json mixed.json"
    );
    verb->callback([flags, &chosen] { chosen.run = [flags] { return bench_mixed(*flags); }; });
}

} // namespace sluice::command
