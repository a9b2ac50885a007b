// tools: `sluice bench fanout`: one stream to several destinations, measured against one.
#include "bench_fanout.hpp"

#include "../core/json_text.hpp"
#include "../io/child_process.hpp"
#include "../io/output.hpp"
#include "verb.hpp"

#include <sluice/base/text.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

/// What came of all rounds of one case: the median round by CPU or by time. What a round takes of
/// memory says nothing of its CPU, and has a median of its own.
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
        fanout_figures told = *middle;
        std::nth_element(sorted.begin(), middle, sorted.end(), [](const auto& a, const auto& b) {
            return a.peak_memory < b.peak_memory;
        });
        told.peak_memory = middle->peak_memory;
        return told;
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
    one.concurrency = all.concurrency = flags.concurrency;
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
    verb->add_option(
            "--concurrency",
            flags->concurrency,
            "Connections to each, where not paced (0: by trying)"
    )
        ->type_name("N")
        ->capture_default_str();
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
