// tools: `sluice import`.
#include "../io/output.hpp"
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
};

int run_import(const import_flags& flags) {
    auto spec = make_import_spec(flags.words);
    if (!spec) return complain(spec.error(), side::neither);
    auto shown = make_display(flags.shown);
    if (!shown) return complain(shown.error(), side::neither);
    return run_transfer(*spec, flags.places, *shown);
}

constexpr const char* import_examples =
    "Creates the stream, reserved for this import, and fills it with every event that was "
    "exported, in order and\nbit for bit. The same command again continues, and takes what was "
    "exported meanwhile.\n`sluice stream release NAME` lets others write to it afterwards.\n\n"
    "Examples:\n"
    "  sluice import --from s3://archive/logs/orders --to orders-copy\n"
    "  sluice import --from 's3://archive/logs?endpoint=http://127.0.0.1:9000' --to "
    "log:///srv/streams/orders\n\n"
    "Exit status: 0 done, 1 failed (damaged object), 2 usage, 3 nothing exported there, 5 gave up, "
    "6 a gap was recorded,\n  7 refused (credentials, the stream holds something else), 10 paused";

} // namespace

void add_import(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<import_flags>();
    CLI::App* verb = to.add_subcommand("import", "Move an exported stream from a bucket back");
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
    add_data_dir(*verb, flags->places.data_dir);
    add_state_file(*verb, flags->places.state_file);
    add_transfer_flags(*verb, flags->words.common);
    add_display_flags(*verb, flags->shown);
    verb->footer(import_examples);
    verb->callback([flags, &chosen] {
        flags->words.common.command = chosen.command;
        chosen.run = [flags] { return run_import(*flags); };
    });
}

} // namespace sluice::command
