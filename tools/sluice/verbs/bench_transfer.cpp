// tools: `sluice bench export` and `sluice bench import`: whole transfers, measured.
#include "../core/progress_line.hpp"
#include "../core/transfer_options.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "bench_tools.hpp"
#include "flags.hpp"
#include "verb.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine.hpp>
#include <sluice/engine/object_key.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <utility>

namespace sluice::command {

namespace {

struct bench_flags {
    std::string from; ///< export: a stream, empty: one is made; import: a prefix
    std::vector<std::string> to;
    std::string data_dir;
    std::string size = "1GiB";
    std::string event_bytes = "1KiB";
    std::uint32_t partitions = 2;
    std::string format = "avro";
    std::string object_bytes = "256MiB";
    std::string part_size = "auto";
    transfer_words common;
    std::string json;
};

/// A place of its own in the bucket for each run, so that each run sends everything.
std::string fresh_prefix(const std::string& destination) {
    const std::size_t query = destination.find('?');
    const std::string path = destination.substr(0, query);
    const std::string rest = query == std::string::npos ? "" : destination.substr(query);
    return path + "/run-" + nonce_of(new_token()) + rest;
}

void take_progress(measured& run, const progress& final) {
    std::uint64_t parts = 0, objects = 0, retries = 0;
    for (const target_progress& target : final.targets) {
        run.bytes += target.bytes;
        run.records += target.events;
        parts += target.parts;
        objects += target.objects;
        retries += target.retries;
    }
    run.more_json = fmt::format(
        "\"targets\":{},\"parts\":{},\"objects\":{},\"retries\":{},\"source_bytes_read\":{}",
        final.targets.size(),
        parts,
        objects,
        retries,
        final.source_bytes_read
    );
    run.more_text = fmt::format(
        "{} targets, {} objects, {} parts, {} retries; read {}",
        final.targets.size(),
        grouped(objects),
        grouped(parts),
        grouped(retries),
        human_size(final.source_bytes_read)
    );
}

template <class Spec>
task<int> measure_transfer(engine& with, Spec spec, measured run, std::string json) {
    run.cost.start();
    auto starting = with.start(std::move(spec));
    auto started = co_await std::move(starting);
    if (!started) co_return complain(started.error().why, started.error().where);
    const report done = co_await started->wait();
    run.cost.stop();
    if (done.outcome) co_return complain(*done.outcome, done.outcome_side);
    take_progress(run, done.final);
    co_return tell_measured(run, json);
}

task<int> make_bench_log(runtime& rt, std::string directory, made_events what) {
    const log_store store(directory, rt.executor(), rt.blocking());
    auto filled = co_await fill_stream(store, "bench", what);
    co_return filled ? 0 : complain(filled.error(), side::neither);
}

result<made_events> bench_events(const bench_flags& flags) {
    made_events what;
    auto size = size_of_option("--size", flags.size);
    if (!size) return size.error();
    auto event_bytes = size_of_option("--event-bytes", flags.event_bytes);
    if (!event_bytes) return event_bytes.error();
    if (*size == 0 || *event_bytes == 0 || flags.partitions == 0)
        return usage_failure("--size, --event-bytes and --partitions must be at least 1");
    what.size = *size;
    what.event_bytes = *event_bytes;
    what.partitions = flags.partitions;
    return what;
}

template <class Spec>
int run_measured(
    Spec spec, const engine_options& options, const std::string& what, const std::string& json
) {
    measured run;
    run.what = what;
    runtime rt;
    engine with(rt.executor(), options);
    auto measuring = measure_transfer(with, std::move(spec), std::move(run), json);
    return rt.run(std::move(measuring));
}

int bench_export(const bench_flags& flags) {
    auto what = bench_events(flags);
    if (!what) return complain(what.error(), side::neither);
    auto scratch = scratch_directory::make();
    if (!scratch) return complain(scratch.error(), side::neither);
    export_words words;
    words.common = flags.common;
    words.from = flags.from.empty() ? "log://" + scratch->path() + "/bench" : flags.from;
    for (const std::string& each : flags.to)
        words.to.push_back(fresh_prefix(each));
    words.format = flags.format;
    words.object_bytes = flags.object_bytes;
    words.part_size = flags.part_size;
    auto spec = make_export_spec(words);
    if (!spec) return complain(spec.error(), side::neither);
    if (flags.from.empty()) {
        runtime rt;
        const int status = rt.run(make_bench_log(rt, scratch->path(), *what));
        if (status != 0) return status;
    }
    stderr_logger log(log_format::text, log_level::warning);
    engine_options options;
    options.data_dir = flags.data_dir;
    options.state_file = scratch->path() + "/state.sqlite";
    options.log = &log;
    const int status = run_measured(*spec, options, "export", flags.json);
    if (status == 0 && flags.json != "-")
        for (const std::string& each : words.to)
            write_err("left in place: " + each + "\n");
    return status;
}

int bench_import(const bench_flags& flags) {
    auto scratch = scratch_directory::make();
    if (!scratch) return complain(scratch.error(), side::neither);
    import_words words;
    words.common = flags.common;
    words.from = flags.from;
    words.to = "log://" + scratch->path() + "/bench";
    auto spec = make_import_spec(words);
    if (!spec) return complain(spec.error(), side::neither);
    stderr_logger log(log_format::text, log_level::warning);
    engine_options options;
    options.data_dir = scratch->path();
    options.state_file = scratch->path() + "/state.sqlite";
    options.log = &log;
    return run_measured(*spec, options, "import", flags.json);
}

void add_bench_json(CLI::App& verb, bench_flags& flags) {
    verb.add_option("--json", flags.json, "Write the figures to FILE (- is stdout)")
        ->type_name("FILE");
}

} // namespace

void add_bench_export(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<bench_flags>();
    CLI::App* verb = to.add_subcommand("export", "A whole export from the log into buckets");
    verb->add_option("--from", flags->from, "Stream to export (else one is made)")
        ->type_name("STREAM");
    verb->add_option(
            "--to", flags->to, "Bucket and prefix; each run gets a folder of its own below"
    )
        ->type_name("DEST")
        ->required()
        ->allow_extra_args(false)
        ->take_all();
    verb->add_option("--size", flags->size, "Bytes of values made")
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_option("--event-bytes", flags->event_bytes, "Bytes of each value made")
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_option("--partitions", flags->partitions, "Of the stream made")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--format", flags->format, "avro or ndjson")
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_option("--object-bytes", flags->object_bytes, "An object ends at about this size")
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_option("--part-size", flags->part_size, "Of multipart uploads")
        ->type_name("SIZE")
        ->capture_default_str();
    add_data_dir(*verb, flags->data_dir);
    add_bench_json(*verb, *flags);
    add_transfer_flags(*verb, flags->common);
    verb->footer(
        "Example:\n  sluice bench export --to 's3://bench/a?endpoint=http://127.0.0.1:9000' "
        "--size 2GiB --json export.json"
    );
    verb->callback([flags, &chosen] { chosen.run = [flags] { return bench_export(*flags); }; });
}

void add_bench_import(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<bench_flags>();
    CLI::App* verb =
        to.add_subcommand("import", "A whole import from a bucket into a log of its own");
    verb->add_option(
            "--from",
            flags->from,
            "An exported stream, as bench export leaves it: s3://bucket/prefix"
    )
        ->type_name("PREFIX")
        ->required();
    add_bench_json(*verb, *flags);
    add_transfer_flags(*verb, flags->common);
    verb->footer(
        "The log is made below $TMPDIR (else /tmp) and removed afterwards.\n\nExample:\n"
        "  sluice bench import --from 's3://bench/a/run-5f3a9c1e?endpoint=http://127.0.0.1:9000'"
    );
    verb->callback([flags, &chosen] { chosen.run = [flags] { return bench_import(*flags); }; });
}

} // namespace sluice::command
