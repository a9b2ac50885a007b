// tools: `sluice repair`: exports again what is missing or damaged in a bucket.
#include "../io/output.hpp"
#include "run_transfer.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace sluice::command {

namespace {

struct repair_flags {
    repair_words words;
    transfer_places places;
    display_words shown;
};

int run_repair(const repair_flags& flags) {
    auto spec = make_repair_spec(flags.words);
    if (!spec) return complain(spec.error(), side::neither);
    auto shown = make_display(flags.shown);
    if (!shown) return complain(shown.error(), side::neither);
    return run_transfer(*spec, flags.places, *shown);
}

constexpr const char* repair_examples =
    "Verifies everything against the stream, and exports objects that are missing or damaged "
    "again: the same events\nunder a new key, with a commit that says so; then the damaged object "
    "is "
    "removed, and nothing else is touched.\nWhere the newest commits were deleted, the state file "
    "forgets them, and the next export sends their events again.\nMissing pages of commits are "
    "made anew. The claim is taken, and the state file "
    "knows "
    "afterwards where the export stands: `sluice export`\nwith the same stream and bucket goes on "
    "from there. With --expired, objects that are missing are recorded as\nremoved by the "
    "bucket's lifecycle instead: an import then steps over them, and says so. "
    "--undo-expired exports what was\nrecorded so again, as long as the stream holds the events; "
    "an object that was recorded by mistake is not\ntaken in again as it lies there.\n\n"
    "Examples:\n"
    "  sluice repair s3://archive/logs/orders --from orders\n"
    "  sluice repair s3://archive/logs/orders --from orders --expired\n"
    "  sluice repair s3://archive/logs/orders --from orders --undo-expired\n"
    "  sluice repair s3://archive/logs/orders --from orders --state-only\n"
    "      the state file was lost, and nothing else\n\n"
    "Exit status: 0 whole again, 3 nothing exported there, 5 gave up, 6 something could not be "
    "mended, 7 refused";

} // namespace

void add_repair(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<repair_flags>();
    CLI::App* verb = to.add_subcommand("repair", "Export again what is missing or damaged");
    verb->add_option(
            "prefix", flags->words.prefix, "Folder of the stream, or its parent: s3://bucket/prefix"
    )
        ->type_name("PREFIX")
        ->required();
    verb->add_option("--from", flags->words.from, "The stream that was exported")
        ->type_name("STREAM")
        ->required();
    verb->add_flag(
        "--expired", flags->words.expired, "Record missing objects as removed by the lifecycle"
    );
    verb->add_flag(
        "--undo-expired",
        flags->words.undo_expired,
        "Export again what --expired has recorded, from the stream"
    );
    verb->add_flag(
        "--state-only", flags->words.state_only, "Only claim, and write the state file anew"
    );
    verb->add_flag(
        "--take-over",
        flags->words.take_over,
        "Claim the prefix although another transfer has not released it"
    );
    add_data_dir(*verb, flags->places.data_dir);
    add_state_file(*verb, flags->places.state_file);
    add_transfer_flags(*verb, flags->words.common);
    add_display_flags(*verb, flags->shown);
    verb->footer(repair_examples);
    verb->callback([flags, &chosen] {
        flags->words.common.command = chosen.command;
        chosen.run = [flags] { return run_repair(*flags); };
    });
}

} // namespace sluice::command
