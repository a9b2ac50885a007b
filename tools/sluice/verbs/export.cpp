// tools: `sluice export`.
#include "../io/output.hpp"
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
};

int run_export(const export_flags& flags) {
    auto spec = make_export_spec(flags.words);
    if (!spec) return complain(spec.error(), side::neither);
    auto shown = make_display(flags.shown);
    if (!shown) return complain(shown.error(), side::neither);
    return run_transfer(*spec, flags.places, *shown);
}

constexpr const char* export_examples =
    "Moves everything that is in the stream now. The same command again continues where the last "
    "run ended,\nhowever it ended. Ctrl-C pauses and prints the line that continues.\n\n"
    "Examples:\n"
    "  sluice export --from orders --to s3://archive/logs\n"
    "      objects below s3://archive/logs/orders/\n"
    "  sluice export --from orders --to s3://archive/logs --to 's3://second/logs?endpoint="
    "https://s3.example.net'\n"
    "      two places at once, the stream is read once\n"
    "  sluice export --from orders --to 's3://lines/today?format=ndjson' --object-bytes 64MiB "
    "--part-size 8MiB\n\n"
    "Exit status: 0 done, 1 failed, 2 usage, 3 no such stream, 4 no such bucket, 5 gave up (see "
    "--retry-for),\n  7 refused (credentials, another writer, other data there), 10 paused";

} // namespace

void add_export(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<export_flags>();
    CLI::App* verb = to.add_subcommand("export", "Move a stream into buckets");
    verb->add_option("--from", flags->words.from, "Stream: NAME, log:NAME or log:///dir/NAME")
        ->type_name("STREAM")
        ->required();
    verb->add_option("--to", flags->words.to, "Where to: s3://bucket/prefix; give it several times")
        ->type_name("DEST")
        ->required()
        ->allow_extra_args(false)
        ->take_all();
    verb->add_option(
            "--format", flags->words.format, "Of the objects: avro, ndjson, delimited or raw"
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
    verb->add_flag(
        "--take-over",
        flags->words.take_over,
        "Claim the prefix although another transfer has not released it"
    );
    add_data_dir(*verb, flags->places.data_dir);
    add_state_file(*verb, flags->places.state_file);
    add_transfer_flags(*verb, flags->words.common);
    add_display_flags(*verb, flags->shown);
    verb->footer(export_examples);
    verb->callback([flags, &chosen] {
        flags->words.common.command = chosen.command;
        chosen.run = [flags] { return run_export(*flags); };
    });
}

} // namespace sluice::command
