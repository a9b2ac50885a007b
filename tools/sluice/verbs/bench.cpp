// tools: `sluice bench`: its verbs, and the two that need no bucket.
#include "../core/progress_line.hpp"
#include "../core/transfer_options.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "bench_mixed.hpp"
#include "bench_requests.hpp"
#include "bench_tools.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/stream/format.hpp>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace sluice::command {

namespace {

struct records_flags {
    std::string stream; ///< empty: one is made
    std::string data_dir;
    std::string size = "1GiB";
    std::string event_bytes = "1KiB";
    std::string append_bytes = "4MiB";
    std::string format = "avro";
    bool relaxed = false;
    std::string json;
};

result<made_events> events_to_make(const records_flags& flags) {
    made_events what;
    auto size = size_of_option("--size", flags.size);
    if (!size) return size.error();
    auto event_bytes = size_of_option("--event-bytes", flags.event_bytes);
    if (!event_bytes) return event_bytes.error();
    auto append_bytes = size_of_option("--append-bytes", flags.append_bytes);
    if (!append_bytes) return append_bytes.error();
    if (*size == 0 || *event_bytes == 0 || *append_bytes == 0)
        return usage_failure("--size, --event-bytes and --append-bytes must be at least 1");
    what.size = *size;
    what.event_bytes = *event_bytes;
    what.append_bytes = *append_bytes;
    return what;
}

/// Reads a partition block by block and frames each, as an export does before it sends.
task<result<void>>
frame_partition(reader& stream, object_format format, std::uint32_t partition, measured& run) {
    auto bounds = co_await stream.bounds(partition);
    if (!bounds) co_return bounds.error();
    format_context context;
    context.stream = stream.description().name;
    context.incarnation = stream.description().incarnation;
    context.partition = partition;
    buffer recycled;
    position from = bounds->first;
    while (from < bounds->end) {
        auto outline = co_await stream.outline(from, bounds->end);
        if (!outline) co_return outline.error();
        if (outline->next == from) break;
        open_block block = begin_block(format, context, *outline, std::move(recycled));
        auto read = co_await stream.read(*outline, block.records);
        if (!read) co_return read.error();
        auto framed = end_block(format, context, *outline, std::move(block));
        if (!framed) co_return framed.error();
        run.bytes += framed->size();
        run.records += outline->records;
        recycled = std::move(*framed);
        from = outline->next;
    }
    co_return result<void>();
}

task<int> measure_records(runtime& rt, const records_flags& flags) {
    auto what = events_to_make(flags);
    if (!what) co_return complain(what.error(), side::neither);
    auto format = parse_format(flags.format);
    if (!format) co_return complain(format.error(), side::neither);
    auto scratch = scratch_directory::make();
    if (!scratch) co_return complain(scratch.error(), side::neither);
    stream_place place{flags.stream, flags.data_dir};
    if (flags.stream.empty()) {
        place = stream_place{"bench", scratch->path()};
        const log_store store(scratch->path(), rt.executor(), rt.blocking());
        auto filled = co_await fill_stream(store, place.word, *what);
        if (!filled) co_return complain(filled.error(), side::neither);
    }
    auto found = find_stream(rt, place);
    if (!found) co_return complain(found.error(), side::neither);
    auto stream = co_await found->store.open_reader(found->name);
    if (!stream) co_return complain(stream.error(), side::source);
    measured run;
    run.what = "records, log to framed " + flags.format + " blocks";
    run.cost.start();
    for (std::uint32_t n = 0; n < (*stream)->description().partitions; ++n) {
        auto framed = co_await frame_partition(**stream, *format, n, run);
        if (!framed) co_return complain(framed.error(), side::source);
    }
    run.cost.stop();
    co_return tell_measured(run, flags.json);
}

task<int> measure_append(runtime& rt, const records_flags& flags) {
    auto what = events_to_make(flags);
    if (!what) co_return complain(what.error(), side::neither);
    what->relaxed = flags.relaxed;
    what->partitions = 1;
    auto scratch = scratch_directory::make();
    if (!scratch) co_return complain(scratch.error(), side::neither);
    const log_store store(scratch->path(), rt.executor(), rt.blocking());
    measured run;
    run.what = flags.relaxed ? "append, relaxed" : "append, durable";
    run.cost.start();
    auto filled = co_await fill_stream(store, "bench", *what);
    run.cost.stop();
    if (!filled) co_return complain(filled.error(), side::neither);
    run.bytes = what->size;
    run.records = filled->events;
    run.more_json = "\"appends\":" + std::to_string(filled->appends);
    run.more_text = grouped(filled->appends) + " appends";
    co_return tell_measured(run, flags.json);
}

/// Empty: the figures can be written there when the run is over. Makes no file.
std::string not_writable(const std::string& file) {
    namespace fs = std::filesystem;
    if (file == "-" || file.empty()) return "";
    std::error_code failed;
    const fs::path path(file);
    const bool there = fs::exists(path, failed);
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (there && fs::is_directory(path, failed)) return file + ": is a folder; name a file";
    if (!there && !fs::is_directory(folder, failed)) return file + ": its folder does not exist";
    const fs::path& asked = there ? path : folder;
    if (::access(asked.c_str(), W_OK) != 0)
        return file + ": cannot be written (" + std::strerror(errno) + ")";
    return "";
}

void add_made_events(CLI::App& verb, records_flags& flags) {
    verb.add_option("--size", flags.size, "Bytes of values")
        ->type_name("SIZE")
        ->capture_default_str();
    verb.add_option("--event-bytes", flags.event_bytes, "Bytes of each value")
        ->type_name("SIZE")
        ->capture_default_str();
    verb.add_option("--json", flags.json, "Write the figures to FILE (- is stdout)")
        ->type_name("FILE");
}

} // namespace

void add_bench_records(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<records_flags>();
    CLI::App* verb =
        to.add_subcommand("records", "Records per second from the log to framed blocks in memory");
    verb->add_option("--from", flags->stream, "Stream to read (else one is made)")
        ->type_name("STREAM");
    verb->add_option("--format", flags->format, "avro or ndjson")
        ->type_name("WORD")
        ->capture_default_str();
    add_made_events(*verb, *flags);
    add_data_dir(*verb, flags->data_dir);
    verb->footer("Example:\n  sluice bench records --size 2GiB --event-bytes 200");
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(measure_records(rt, *flags));
        };
    });
}

void add_bench_append(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<records_flags>();
    CLI::App* verb = to.add_subcommand("append", "Events per second into the log");
    add_made_events(*verb, *flags);
    verb->add_option("--append-bytes", flags->append_bytes, "Acknowledged together")
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_flag("--relaxed", flags->relaxed, "Do not wait for the disk");
    verb->footer("The log is made below $TMPDIR (else /tmp) and removed afterwards.\n\nExamples:\n"
                 "  sluice bench append --append-bytes 64KiB\n  sluice bench append --relaxed");
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(measure_append(rt, *flags));
        };
    });
}

void add_bench(CLI::App& to, chosen_verb& chosen) {
    CLI::App* verbs = to.add_subcommand("bench", "Measure throughput, CPU and memory");
    verbs->require_subcommand(1);
    add_bench_export(*verbs, chosen);
    add_bench_import(*verbs, chosen);
    add_bench_put(*verbs, chosen);
    add_bench_get(*verbs, chosen);
    add_bench_fanout(*verbs, chosen);
    add_bench_suspend(*verbs, chosen);
    add_bench_mixed(*verbs, chosen);
    add_bench_records(*verbs, chosen);
    add_bench_append(*verbs, chosen);
    for (CLI::App* each : verbs->get_subcommands(std::function<bool(CLI::App*)>()))
        for (const char* name : {"--json", "--raw"})
            if (CLI::Option* file = each->get_option_no_throw(name)) file->check(not_writable);
    verbs->footer(
        "CPU and memory are this process's own; run the server elsewhere, or as another process."
    );
}

} // namespace sluice::command
