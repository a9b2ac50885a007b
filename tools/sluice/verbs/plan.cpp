// tools: what a transfer would do, told instead of done: `sluice plan`, and `--dry-run`.
#include "plan.hpp"

#include "../core/plan_text.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "verb.hpp"

#include <sluice/engine/plan.hpp>

#include <CLI/CLI.hpp>

#include <utility>

namespace sluice::command {

namespace {

int tell_plan(
    const transfer_plan& planned, const display& shown, side where, std::string_view verb
) {
    if (!planned) return complain(planned.error().why, planned.error().where, verb);
    auto written = write_out(shown.json ? plan_json(*planned) : plan_text(*planned));
    if (!written) return complain(written.error(), side::neither);
    for (const planned_target& each : *planned)
        if (each.refused) return complain(*each.refused, where, verb);
    return 0;
}

planning_place place_of(runtime& rt, const transfer_places& places, logger& log) {
    planning_place at;
    at.on = rt.executor();
    at.blocking = rt.blocking();
    at.options.data_dir = places.data_dir;
    at.options.state_file = places.state_file;
    at.options.log = &log;
    return at;
}

task<int> tell_export(planning_place at, export_spec spec, const display& shown, bool probe) {
    auto planning = plan_export(std::move(at), std::move(spec), probe);
    const auto planned = co_await std::move(planning);
    co_return tell_plan(planned, shown, side::destination, "export");
}

task<int> tell_import(planning_place at, import_spec spec, const display& shown) {
    auto planning = plan_import(std::move(at), std::move(spec));
    const auto planned = co_await std::move(planning);
    co_return tell_plan(planned, shown, side::source, "import");
}

constexpr const char* plan_examples =
    "Tells what a transfer would move, what the store would charge for its requests (list prices "
    "of S3 Standard in\nus-east-1), which permissions it needs, and what the bucket's lifecycle "
    "rules would do to it. Nothing is written.\n--probe also tries out what the store can do, with "
    "a few small objects below _sluice/probe/ that it removes.\n\n"
    "Examples:\n"
    "  sluice plan export --from orders --to s3://archive/logs\n"
    "  sluice plan export --from orders --to s3://archive/logs --probe --json\n"
    "  sluice plan import --from s3://archive/logs/orders --to orders-copy\n"
    "  sluice export --from orders --to s3://archive/logs --dry-run\n"
    "      the same as the first\n\n"
    "Exit status: 0 it would begin, otherwise what the transfer itself would end with";

} // namespace

void add_plan_flags(CLI::App& to, plan_words& words, bool always) {
    words.only = always;
    if (always) return;
    to.add_flag("--dry-run", words.only, "Only tell what would be done, as `sluice plan` does");
}

void add_probe_flag(CLI::App& to, plan_words& words) {
    to.add_flag(
        "--probe", words.probe, "With a plan: try out what the store can do (writes, and removes)"
    );
}

int run_plan(
    const export_spec& spec, const transfer_places& places, const display& shown, bool probe
) {
    stderr_logger log(shown.format, shown.least);
    runtime rt;
    return rt.run(tell_export(place_of(rt, places, log), spec, shown, probe));
}

int run_plan(const import_spec& spec, const transfer_places& places, const display& shown) {
    stderr_logger log(shown.format, shown.least);
    runtime rt;
    return rt.run(tell_import(place_of(rt, places, log), spec, shown));
}

void add_plan(CLI::App& to, chosen_verb& chosen) {
    CLI::App* verb = to.add_subcommand("plan", "Tell what a transfer would do, and cost");
    verb->require_subcommand(1);
    verb->footer(plan_examples);
    add_plan_export(*verb, chosen);
    add_plan_import(*verb, chosen);
}

} // namespace sluice::command
