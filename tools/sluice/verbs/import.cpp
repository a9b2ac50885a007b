// tools: `sluice import`.
#include "../io/output.hpp"
#include "plan.hpp"
#include "run_transfer.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace sluice::command {

namespace {

struct import_flags {
    import_words words;
    transfer_places places;
    display_words shown;
    plan_words plan;
    unsigned threads = 1;
};

int run_import(const import_flags& flags) {
    auto spec = make_import_spec(flags.words);
    if (!spec) return complain(spec.error(), side::neither);
    auto shown = make_display(flags.shown);
    if (!shown) return complain(shown.error(), side::neither);
    if (flags.plan.only) return run_plan(*spec, flags.places, *shown);
    return run_transfer(*spec, flags.places, *shown, flags.threads);
}

constexpr const char* partitions_help =
    "Only these, numbered anew from 0 (0-3,7), or each to the partition named (2=0,5=1). By "
    "listing of folders partition=N/: 0-3,7 come into one partition, keep: each into its own";
constexpr const char* import_start_help =
    "Where a new import begins: earliest, latest, seq:N, PARTITION/N, time:RFC3339, or "
    "0=seq:N,1=seq:M; saved: where it stands";
constexpr const char* import_end_help =
    "Where it ends, not including it: latest (what is committed now), seq:N or time:RFC3339";

constexpr const char* import_threads_help =
    "Spread the partitions over so many threads, which share --memory, --concurrency and the rates "
    "evenly (0: one per core); by listing one does it";

constexpr const char* import_examples =
    "Creates the stream, reserved for this import, and fills it with every event that was "
    "exported, in order and\nbit for bit. The same command again continues, and takes what was "
    "exported meanwhile.\n`sluice stream release NAME` lets others write to it afterwards.\n\n"
    "Examples:\n"
    "  sluice import --from s3://archive/logs/orders --to orders-copy\n"
    "  sluice import --from 's3://archive/logs?endpoint=http://127.0.0.1:9000' --to "
    "log:///srv/streams/orders\n"
    "  sluice import --from s3://archive/logs/orders --to november --start "
    "time:2026-11-01T00:00:00Z --end time:2026-12-01T00:00:00Z\n"
    "      a part of what was exported, under its own sequences\n"
    "  sluice import --from s3://archive/logs/orders --to orders-2 --shard 2/4\n"
    "      the second of four parts of the partitions\n"
    "  sluice import --from s3://archive/logs/orders --to orders-copy --follow --poll 1m\n"
    "      goes on as the export goes on, until Ctrl-C\n"
    "  sluice import --by-listing --from s3://lake/clicks/2026 --to clicks\n"
    "  sluice import --by-listing --follow --sort modified --from s3://lake/clicks --to clicks\n"
    "      goes on as objects come, until Ctrl-C\n\n"
    "--by-listing takes objects of anybody, in the order of their keys, into one partition, or "
    "with --partitions keep each\nfolder partition=N/ into its own. Names that begin with _ or . "
    "are "
    "passed over. What is damaged shows only when an object has been "
    "read: events before that place are\nthen in the stream.\n"
    "--follow lists the prefix again and again. With --sort key it takes what lies behind the last "
    "key: names must grow,\nas dates do. With --sort modified it takes what was modified later, "
    "once "
    "the second it bears is over. What comes\ntoo late is told once, and not imported (6).\n\n"
    "Exit status: 0 done, 1 failed (damaged object), 2 usage, 3 nothing exported there, 5 gave up, "
    "6 a gap was recorded,\n  or objects were left out, 7 refused (credentials, the stream holds "
    "something else, another --start),\n  8 a limit was reached, 9 nothing to do "
    "(--fail-if-empty), 10 paused";

/// `only_plan`: below `sluice plan`, where nothing is ever moved.
void declare_import(CLI::App& to, chosen_verb& chosen, bool only_plan) {
    auto flags = std::make_shared<import_flags>();
    CLI::App* verb = to.add_subcommand(
        "import",
        only_plan ? "Of an import: the words are those of `sluice import`"
                  : "Move an exported stream from a bucket back"
    );
    add_plan_flags(*verb, flags->plan, only_plan);
    verb->add_option(
            "--from", flags->words.from, "Folder of the stream, or its parent: s3://bucket/prefix"
    )
        ->type_name("PREFIX")
        ->required();
    verb->add_option("--to", flags->words.to, "Stream: NAME, log:NAME or log:///dir/NAME")
        ->type_name("STREAM")
        ->required();
    verb->add_option(
            "--event-bytes",
            flags->words.event_bytes,
            "Size of the events that raw bytes are cut into"
    )
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_flag(
        "--by-listing",
        flags->words.by_listing,
        "Import whatever lies below the prefix, not what an export committed"
    );
    verb->add_option("--format", flags->words.format, "Of the objects; else each one tells")
        ->check(CLI::IsMember({"avro", "ndjson", "lines", "delimited", "raw"}));
    verb->add_option(
            "--codec", flags->words.codec, "Around the objects; else their first bytes tell"
    )
        ->check(CLI::IsMember({"none", "gzip", "zstd"}));
    verb->add_option("--sort", flags->words.sort, "Order of the objects: key (default), modified")
        ->check(CLI::IsMember({"key", "modified"}));
    verb->add_option(
            "--shard",
            flags->words.shard,
            "Only the I-th of N parts of the partitions; by listing, of the objects"
    )
        ->type_name("I/N");
    verb->add_option("--partitions", flags->words.partitions, partitions_help)->type_name("LIST");
    verb->add_option("--start", flags->words.start, import_start_help)
        ->type_name("POSITION")
        ->capture_default_str();
    verb->add_option("--end", flags->words.end, import_end_help)->type_name("POSITION");
    verb->add_flag("--follow", flags->words.follow, "Go on as more comes, until Ctrl-C or --end");
    verb->add_option(
            "--poll",
            flags->words.poll,
            "With --follow: how often to look whether more is there (10s)"
    )
        ->type_name("TIME");
    verb->add_option(
            "--on-bad",
            flags->words.on_bad,
            "What is damaged or gone: stop there, or skip it and tell at the end"
    )
        ->check(CLI::IsMember({"stop", "skip"}))
        ->capture_default_str();
    verb->add_option("--threads", flags->threads, import_threads_help)
        ->type_name("N")
        ->check(CLI::Range(0U, 1024U))
        ->capture_default_str();
    add_data_dir(*verb, flags->places.data_dir);
    add_state_file(*verb, flags->places.state_file);
    add_transfer_flags(*verb, flags->words.common);
    add_display_flags(*verb, flags->shown);
    verb->footer(import_examples);
    verb->callback([flags, verb, &chosen] {
        take_command(chosen, flags->words.common, flags->places.state_file);
        const bool said = verb->get_option("--retry-for")->count() > 0;
        if (flags->words.follow && !said) flags->words.common.retry_for = "forever";
        chosen.run = [flags] { return run_import(*flags); };
    });
}

} // namespace

void add_import(CLI::App& to, chosen_verb& chosen) {
    declare_import(to, chosen, false);
}

void add_plan_import(CLI::App& to, chosen_verb& chosen) {
    declare_import(to, chosen, true);
}

} // namespace sluice::command
