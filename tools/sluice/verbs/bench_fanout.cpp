// tools: `sluice bench fanout`: one stream to several destinations, measured against one.
#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"
#include "../core/transfer_options.hpp"
#include "../io/child_process.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "../io/stderr_logger.hpp"
#include "bench_tools.hpp"
#include "verb.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

/// As written.
struct fanout_flags {
    unsigned destinations = 8, rounds = 3;
    std::string size = "512MiB", event_bytes = "1KiB", paced_size = "256MiB";
    std::uint32_t partitions = 1;
    std::string format = "avro", codec = "none", part_size = "auto", object_bytes = "256MiB";
    std::string memory = "256MiB", rate = "8MiB";
    unsigned paced_concurrency = 4;
    double slow = 20;
    std::vector<std::string> only;
    std::string simulator, json;
};

/// What one run is like. Destination 0 may be unlike the others.
struct fanout_case {
    std::string what;
    unsigned destinations = 1;
    std::uint64_t rate = 0; ///< bytes a second of each connection; 0: as fast as it goes
    double spread = 0;      ///< rates lie so far above and below
    double first_rate = 1;  ///< of destination 0, as a share; 0: it never answers
    unsigned concurrency = 0;
    bool first_counts = true; ///< otherwise the run ends when all the others have
};

/// Of one run, passed through a pipe as it is.
struct fanout_figures {
    double seconds = 0, cpu_user = 0, cpu_system = 0;
    std::uint64_t bytes = 0;       ///< of encoded objects, at the destination that has most
    std::uint64_t source_read = 0; ///< of the log
    std::uint64_t peak_memory = 0;

    double cpu() const { return cpu_user + cpu_system; }
    double cpu_per_gib() const { return cpu() / (static_cast<double>(bytes) / (1 << 30)); }
    double read_ratio() const {
        return static_cast<double>(source_read) / static_cast<double>(bytes);
    }
};

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

class fanout_bench {
  public:
    fanout_bench(const fanout_flags& flags, std::string simulator, std::string scratch)
        : flags_(flags), simulator_(std::move(simulator)), scratch_(std::move(scratch)) {}

    result<void> make_log(const std::string& name, const made_events& what) const;
    result<fanout_figures> run(const std::string& stream, const fanout_case& what) const;

  private:
    std::string work(const export_words& words, const fanout_case& what) const;

    const fanout_flags& flags_;
    std::string simulator_, scratch_;
};

task<int> fill(runtime& rt, std::string directory, std::string name, made_events what) {
    const log_store store(directory, rt.executor(), rt.blocking());
    auto filled = co_await fill_stream(store, name, what);
    co_return filled ? 0 : complain(filled.error(), side::neither);
}

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

/// What came of all rounds of one case: the median round by CPU or by time.
struct fanout_row {
    fanout_case what;
    std::vector<fanout_figures> rounds;

    fanout_figures median() const {
        std::vector<fanout_figures> sorted = rounds;
        const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
        const bool by_time = what.rate > 0;
        std::nth_element(
            sorted.begin(),
            middle,
            sorted.end(),
            [by_time](const fanout_figures& a, const fanout_figures& b) {
                return by_time ? a.seconds < b.seconds : a.cpu() < b.cpu();
            }
        );
        return *middle;
    }
};

std::string text_of(const fanout_row& row) {
    const fanout_figures middle = row.median();
    return fmt::format(
        "{:<44} {:>7.2f} s {:>8.3f} {:>8.3f} x {:>8.1f} MiB\n",
        row.what.what,
        middle.seconds,
        middle.cpu_per_gib(),
        middle.read_ratio(),
        static_cast<double>(middle.peak_memory) / (1 << 20)
    );
}

std::string json_of(const fanout_row& row) {
    const fanout_figures middle = row.median();
    json_object json;
    json.text("what", row.what.what).number("destinations", row.what.destinations);
    json.number("rounds", row.rounds.size()).number("bytes", middle.bytes);
    json.real("seconds", middle.seconds).real("cpu_user", middle.cpu_user);
    json.real("cpu_system", middle.cpu_system).real("cpu_seconds_per_gib", middle.cpu_per_gib());
    json.number("source_bytes_read", middle.source_read).real("read_ratio", middle.read_ratio());
    json.number("peak_memory", middle.peak_memory);
    return json.done();
}

struct fanout_report {
    std::vector<fanout_row> rows;
    std::string text, ratios;

    const fanout_row* find(const std::string& what) const {
        for (const fanout_row& each : rows)
            if (each.what.what == what) return &each;
        return nullptr;
    }
    void ratio(const std::string& name, const std::string& words, double value, double limit) {
        text += fmt::format("  {:<56} {:.3f} (aim: at most {})\n", words, value, limit);
        json_object one;
        one.real("value", value).real("aim", limit);
        ratios += (ratios.empty() ? "" : ",") + json_string(name) + ":" + one.done();
    }
};

std::vector<fanout_case> cases_of(const fanout_flags& flags, std::uint64_t rate) {
    const unsigned n = flags.destinations;
    const auto wanted = [&flags](const std::string& word) {
        const auto& only = flags.only;
        return only.empty() || std::find(only.begin(), only.end(), word) != only.end();
    };
    fanout_case one, all, uneven, beside, slow, dead;
    one.what = "one";
    all.what = "all";
    all.destinations = n;
    beside.what = "all but one, paced";
    beside.destinations = n - 1;
    beside.rate = rate;
    beside.concurrency = flags.paced_concurrency;
    uneven = slow = dead = beside;
    uneven.what = "all, rates 10 % up and down";
    uneven.destinations = slow.destinations = dead.destinations = n;
    uneven.spread = 0.1;
    slow.what = "all but one, beside a slow one";
    slow.first_rate = 1 / flags.slow;
    dead.what = "all but one, beside a dead one";
    dead.first_rate = 0;
    slow.first_counts = dead.first_counts = false;
    std::vector<fanout_case> cases;
    if (wanted("equal")) cases.insert(cases.end(), {one, all});
    if (wanted("uneven")) cases.push_back(uneven);
    if (wanted("slow") || wanted("dead")) cases.push_back(beside);
    if (wanted("slow")) cases.push_back(slow);
    if (wanted("dead")) cases.push_back(dead);
    return cases;
}

void compare(fanout_report& to) {
    const fanout_row *one = to.find("one"), *all = to.find("all");
    if (one && all) {
        const fanout_figures a = one->median(), b = all->median();
        const double memory =
            static_cast<double>(b.peak_memory) / static_cast<double>(a.peak_memory);
        to.ratio("cpu", "CPU of all to CPU of one", b.cpu() / a.cpu(), 4.5);
        to.ratio("memory", "peak memory of all to that of one", memory, 1.1);
        to.ratio("read", "source bytes read by all, per byte sent to each", b.read_ratio(), 1.05);
    }
    if (const fanout_row* uneven = to.find("all, rates 10 % up and down"))
        to.ratio(
            "read_uneven",
            "source bytes read, rates 10 % up and down",
            uneven->median().read_ratio(),
            1.05
        );
    const fanout_row* alone = to.find("all but one, paced");
    for (const char* what : {"slow", "dead"}) {
        const auto* row = to.find(std::string("all but one, beside a ") + what + " one");
        if (!alone || !row) continue;
        const double ratio = row->median().seconds / alone->median().seconds;
        to.ratio(
            what,
            std::string("time of the others beside a ") + what + " one, to that without",
            ratio,
            1.03
        );
    }
}

int bench_fanout(const fanout_flags& flags) {
    auto size = size_of_option("--size", flags.size);
    if (!size) return complain(size.error(), side::neither);
    auto paced_size = size_of_option("--paced-size", flags.paced_size);
    if (!paced_size) return complain(paced_size.error(), side::neither);
    auto event_bytes = size_of_option("--event-bytes", flags.event_bytes);
    if (!event_bytes) return complain(event_bytes.error(), side::neither);
    auto rate = size_of_option("--rate", flags.rate);
    if (!rate) return complain(rate.error(), side::neither);
    const bool something = *size > 0 && *paced_size > 0 && *event_bytes > 0 && *rate > 0;
    if (!something || flags.destinations < 2 || flags.rounds == 0 || flags.partitions == 0)
        return complain(
            usage_failure("--destinations must be at least 2, all other numbers at least 1"),
            side::neither
        );
    auto simulator = flags.simulator.empty() ? find_simulator() : flags.simulator;
    if (!simulator) return complain(simulator.error(), side::neither);
    auto scratch = scratch_directory::make();
    if (!scratch) return complain(scratch.error(), side::neither);
    const fanout_bench bench(flags, *simulator, scratch->path());
    const std::vector<fanout_case> cases = cases_of(flags, *rate);
    made_events events;
    events.partitions = flags.partitions;
    events.event_bytes = *event_bytes;
    events.size = *size;
    auto made = bench.make_log("full", events);
    if (!made) return complain(made.error(), side::neither);
    events.size = *paced_size;
    made = bench.make_log("paced", events);
    if (!made) return complain(made.error(), side::neither);
    fanout_report report;
    for (const fanout_case& each : cases)
        report.rows.push_back({each, {}});
    for (unsigned round = 0; round < flags.rounds; ++round) {
        for (fanout_row& row : report.rows) {
            const bool paced = row.what.rate > 0;
            if (paced && round > 0) continue;
            auto figures = bench.run(paced ? "paced" : "full", row.what);
            if (!figures) return complain(figures.error(), side::destination);
            row.rounds.push_back(*figures);
        }
    }
    report.text = fmt::format(
        "fanout: {} destinations\n{:<44} {:>9} {:>8} {:>10} {:>12}\n",
        flags.destinations,
        "",
        "time",
        "CPU/GiB",
        "source",
        "peak memory"
    );
    json_array rows;
    for (const fanout_row& row : report.rows) {
        report.text += text_of(row);
        rows.add(json_of(row));
    }
    compare(report);
    json_object json;
    json.text("bench", "fanout").number("destinations", flags.destinations);
    json.value("runs", rows.done()).value("ratios", "{" + report.ratios + "}");
    return tell_report(report.text, json.done(), flags.json);
}

void add_size(CLI::App& to, const char* name, std::string& value, const char* what) {
    to.add_option(name, value, what)->type_name("SIZE")->capture_default_str();
}

} // namespace

void add_bench_fanout(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<fanout_flags>();
    CLI::App* verb = to.add_subcommand("fanout", "One stream to several destinations, against one");
    verb->add_option("--destinations", flags->destinations, "So many")
        ->type_name("N")
        ->capture_default_str();
    add_size(*verb, "--size", flags->size, "Bytes of values, where speed is not limited");
    add_size(*verb, "--paced-size", flags->paced_size, "Bytes of values, where it is");
    add_size(*verb, "--event-bytes", flags->event_bytes, "Bytes of each value");
    verb->add_option("--partitions", flags->partitions, "Of the stream")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--format", flags->format, "avro or ndjson")
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_option("--codec", flags->codec, "none, zstd or gzip")
        ->type_name("WORD")
        ->capture_default_str();
    add_size(*verb, "--object-bytes", flags->object_bytes, "An object ends at about this size");
    add_size(*verb, "--part-size", flags->part_size, "Of multipart uploads");
    add_size(*verb, "--memory", flags->memory, "Bytes of buffers, all together");
    add_size(*verb, "--rate", flags->rate, "Bytes a second of each connection, where paced");
    verb->add_option(
            "--paced-concurrency", flags->paced_concurrency, "Connections to each, where paced"
    )
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--slow", flags->slow, "The slow destination is so many times slower")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--only", flags->only, "equal, uneven, slow, dead (else all of them)")
        ->type_name("WORD")
        ->check(CLI::IsMember({"equal", "uneven", "slow", "dead"}))
        ->allow_extra_args(false)
        ->take_all();
    verb->add_option("--rounds", flags->rounds, "Of what is not paced; medians are told")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--simulator", flags->simulator, "The server to start (else sluice-s3sim)")
        ->type_name("FILE");
    verb->add_option("--json", flags->json, "Write the figures to FILE (- is stdout)")
        ->type_name("FILE");
    verb->footer("It starts the servers it needs. The log is made below $TMPDIR (else /tmp) and "
                 "removed afterwards.\n\nExample:\n"
                 "  TMPDIR=/dev/shm sluice bench fanout --destinations 8 --json fanout.json");
    verb->callback([flags, &chosen] { chosen.run = [flags] { return bench_fanout(*flags); }; });
}

} // namespace sluice::command
