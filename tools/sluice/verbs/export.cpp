// tools: `sluice export`.
#include "../io/output.hpp"
#include "plan.hpp"
#include "run_transfer.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace sluice::command {

namespace {

struct export_flags {
    export_words words;
    transfer_places places;
    display_words shown;
    plan_words plan;
    unsigned threads = 1;
};

int run_export(const export_flags& flags) {
    auto spec = make_export_spec(flags.words);
    if (!spec) return complain(spec.error(), side::neither);
    auto shown = make_display(flags.shown);
    if (!shown) return complain(shown.error(), side::neither);
    if (flags.plan.only) return run_plan(*spec, flags.places, *shown, flags.plan.probe);
    return run_transfer(*spec, flags.places, *shown, flags.threads);
}

constexpr const char* start_help =
    "Where a new export begins: earliest, latest, seq:N, time:RFC3339, or 0=seq:N,1=seq:M; saved: "
    "where it stands";
constexpr const char* end_help =
    "Where it ends, not including it: latest (what is there now), seq:N or time:RFC3339";
constexpr const char* age_help =
    "An object ends so long after its first byte (15m with --follow, else never)";
constexpr const char* gaps_help =
    "Record as a gap what the stream has lost, or what a later --start leaves out, and go on";

constexpr const char* threads_help =
    "Spread the partitions over so many threads, which share --memory, --concurrency and the rates "
    "evenly (0: one per core)";

constexpr const char* export_examples =
    "Moves everything that is in the stream now, or with --follow also what comes later. The same "
    "command again continues where the last "
    "run ended,\nhowever it ended. Ctrl-C pauses and prints the line that continues.\n\n"
    "Examples:\n"
    "  sluice export --from orders --to s3://archive/logs\n"
    "      objects below s3://archive/logs/orders/\n"
    "  sluice export --from orders --to s3://archive/logs --to 's3://second/logs?endpoint="
    "https://s3.example.net'\n"
    "      two places at once, the stream is read once\n"
    "  sluice export --from orders --to 's3://lines/today?format=ndjson' --object-bytes 64MiB "
    "--part-size 8MiB\n\n"
    "  sluice export --from orders --to s3://archive/november --start time:2026-11-01T00:00:00Z "
    "--end time:2026-12-01T00:00:00Z\n"
    "      a part of the stream\n"
    "  sluice export --from orders --to s3://archive/logs --follow --object-age 5m\n"
    "      goes on until Ctrl-C; no event waits longer than five minutes\n\n"
    "Exit status: 0 done, 1 failed, 2 usage, 3 no such stream, 4 no such bucket, 5 gave up (see "
    "--retry-for),\n  6 a gap was recorded, 7 refused (credentials, another writer, other data "
    "there),\n  8 a limit was reached, 9 nothing to do, 10 paused or stopped";

/// `only_plan`: below `sluice plan`, where nothing is ever moved.
void declare_export(CLI::App& to, chosen_verb& chosen, bool only_plan) {
    auto flags = std::make_shared<export_flags>();
    CLI::App* verb = to.add_subcommand(
        "export",
        only_plan ? "Of an export: the words are those of `sluice export`"
                  : "Move a stream into buckets"
    );
    add_plan_flags(*verb, flags->plan, only_plan);
    add_probe_flag(*verb, flags->plan);
    verb->add_option("--from", flags->words.from, "Stream: NAME, log:NAME or log:///dir/NAME")
        ->type_name("STREAM")
        ->required();
    verb->add_option("--to", flags->words.to, "Where to: s3://bucket/prefix; give it several times")
        ->type_name("DEST")
        ->required()
        ->allow_extra_args(false)
        ->take_all();
    verb->add_option(
            "--format", flags->words.format, "Of the objects: avro, ndjson, lines, delimited or raw"
    )
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_option(
            "--codec",
            flags->words.codec,
            "source (the stream's own), none, zstd, gzip (not avro) or deflate (avro)"
    )
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_option(
            "--object-bytes", flags->words.object_bytes, "An object ends at about this size"
    )
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_option("--part-size", flags->words.part_size, "Of multipart uploads")
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_option(
            "--object-events", flags->words.object_events, "An object ends at about so many events"
    )
        ->type_name("N");
    verb->add_option("--object-age", flags->words.object_age, age_help)->type_name("TIME");
    verb->add_option(
            "--on-pause",
            flags->words.on_pause,
            "What becomes of an open upload: keep, seal (publish what is complete) or abort; "
            "default "
            "keep, but seal where the stream has --retain-bytes or --retain-age"
    )
        ->type_name("WORD");
    verb->add_flag("--follow", flags->words.follow, "Go on as events come, until Ctrl-C or --end");
    verb->add_option("--start", flags->words.start, start_help)
        ->type_name("POSITION")
        ->capture_default_str();
    verb->add_option("--end", flags->words.end, end_help)->type_name("POSITION");
    verb->add_flag("--accept-gaps", flags->words.accept_gaps, gaps_help);
    verb->add_flag(
        "--take-over",
        flags->words.take_over,
        "Claim the prefix although another transfer has not released it"
    );
    verb->add_flag(
        "--new-generation",
        flags->words.new_generation,
        "A stream that was created anew goes to a folder of its own beside the old one"
    );
    verb->add_option("--threads", flags->threads, threads_help)
        ->type_name("N")
        ->check(CLI::Range(0U, 1024U))
        ->capture_default_str();
    add_data_dir(*verb, flags->places.data_dir);
    add_state_file(*verb, flags->places.state_file);
    add_transfer_flags(*verb, flags->words.common);
    add_display_flags(*verb, flags->shown);
    verb->footer(export_examples);
    verb->callback([flags, verb, &chosen] {
        take_command(chosen, flags->words.common, flags->places.state_file);
        const bool said = verb->get_option("--retry-for")->count() > 0;
        if (flags->words.follow && !said) flags->words.common.retry_for = "forever";
        chosen.run = [flags] { return run_export(*flags); };
    });
}

} // namespace

void add_export(CLI::App& to, chosen_verb& chosen) {
    declare_export(to, chosen, false);
}

void add_plan_export(CLI::App& to, chosen_verb& chosen) {
    declare_export(to, chosen, true);
}

} // namespace sluice::command
