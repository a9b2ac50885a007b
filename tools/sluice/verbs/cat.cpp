// tools: `sluice cat`: events of an exported stream on stdout.
#include "../io/runtime.hpp"
#include "../io/stderr_logger.hpp"
#include "bucket_folder.hpp"
#include "cat_flags.hpp"
#include "flags.hpp"
#include "verb.hpp"

#include <sluice/engine/read_events.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <utility>

namespace sluice::command {

namespace {

struct cat_prefix_flags {
    std::string prefix;
    cat_words words;
    s3_options s3;
};

events_wanted wanted_of(const cat_wish& wish, std::uint32_t partition, position end) {
    const start_place& start = wish.start;
    events_wanted wanted;
    wanted.bytes = wish.output.format == print_format::raw && !wish.output.limit;
    wanted.from = position{partition, start.sequence, 0};
    if (start.what == start_place::kind::latest) wanted.from = end;
    if (start.what == start_place::kind::time) wanted.since = start.since;
    return wanted;
}

/// What is missing on the way is told; the events around it are printed.
task<result<void>> print_partition(
    const opened_folder& folder,
    std::uint32_t partition,
    const cat_wish& wish,
    event_output& out,
    bool& missing
) {
    const deadline by = deadline::never();
    auto survey = co_await survey_exported(*folder.store.client, folder.where, partition, by);
    if (!survey) co_return survey.error();
    if (survey->empty()) co_return result<void>();
    const events_wanted wanted = wanted_of(wish, partition, survey->end());
    const std::string prefix = "s3://" + folder.where.bucket + "/" + folder.where.folder;
    out.begin(prefix + ", partition " + std::to_string(partition));
    const take_record take = [&out](const record& each) { return out.take(each); };
    auto read = co_await read_events(*folder.store.client, folder.where, *survey, wanted, take, by);
    if (!read) co_return read.error();
    for (const std::string& each : *read)
        write_err("sluice: " + prefix + ": " + each + "\n");
    missing = missing || !read->empty();
    co_return result<void>();
}

task<int> print_folder(const opened_folder& folder, const cat_wish& wish) {
    const std::uint32_t partitions = folder.where.document.partitions;
    auto there = check_partition(wish, partitions);
    if (!there) co_return complain(there.error(), side::neither);
    event_output out(wish.output);
    bool missing = false;
    for (std::uint32_t n = 0; n < partitions && !out.enough(); ++n) {
        if (wish.partition && *wish.partition != n) continue;
        auto printed = co_await print_partition(folder, n, wish, out, missing);
        auto written = out.flush();
        if (!printed) co_return complain(printed.error(), side::source);
        if (!written) co_return complain(written.error(), side::neither);
    }
    constexpr int something_is_missing = 6;
    co_return missing ? something_is_missing : 0;
}

task<int> cat_prefix(runtime& rt, const cat_prefix_flags& flags, logger& log) {
    auto address = parse_bucket_address(flags.prefix);
    if (!address) co_return complain(address.error(), side::neither);
    auto wish = make_cat_wish(flags.words);
    if (!wish) co_return complain(wish.error(), side::neither);
    auto folder = co_await open_exported(rt.executor(), *address, flags.s3, log);
    if (!folder) co_return complain(folder.error(), side::source);
    const int status = co_await print_folder(*folder, *wish);
    folder->store.client->close();
    co_return status;
}

int run_cat(const cat_prefix_flags& flags) {
    stderr_logger log(log_format::text, log_level::warning);
    runtime rt;
    return rt.run(cat_prefix(rt, flags, log));
}

constexpr const char* cat_examples =
    "Prints what the commits name, partition after partition. Only the pieces of objects that hold "
    "the events are\nread, and each is checked before it is printed; large events are joined "
    "again. time: begins at the first\nevent that is not earlier; objects of delimited, lines and "
    "raw "
    "hold no times. Of raw, which does not tell\nevents apart, the bytes are printed: --format "
    "raw, "
    "from where a piece begins, without --limit.\n\n"
    "Examples:\n"
    "  sluice cat s3://archive/logs/orders --limit 10\n"
    "  sluice cat s3://archive/logs/orders --from 1/5000 --limit 1\n"
    "  sluice cat s3://archive/logs/orders --from time:2026-11-23T10:00:00Z --format lines | grep "
    "error\n\n"
    "Exit status: 0 done, 1 damaged, 2 usage (also what the format does not tell), 3 nothing "
    "exported "
    "there,\n "
    " 6 something on the way is in no "
    "object";

} // namespace

void add_cat(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<cat_prefix_flags>();
    CLI::App* verb = to.add_subcommand("cat", "Print events of an exported stream");
    verb->add_option(
            "prefix", flags->prefix, "Folder of the stream, or its parent: s3://bucket/prefix"
    )
        ->type_name("PREFIX")
        ->required();
    add_cat_flags(*verb, flags->words);
    add_s3_flags(*verb, flags->s3);
    verb->footer(cat_examples);
    verb->callback([flags, &chosen] { chosen.run = [flags] { return run_cat(*flags); }; });
}

} // namespace sluice::command
