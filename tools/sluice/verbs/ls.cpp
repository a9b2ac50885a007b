// tools: `sluice ls`: the objects of an exported stream that are in force.
#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "bucket_folder.hpp"
#include "flags.hpp"
#include "verb.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/committed_ranges.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <utility>

namespace sluice::command {

namespace {

struct ls_flags {
    std::string prefix;
    bool json = false;
    s3_options s3;
};

std::string object_json(const committed_object& object) {
    json_object json;
    json.text("key", object.key);
    json.text("first", to_string(object.first)).text("next", to_string(object.next));
    json.number("events", object.events).number("bytes", object.bytes);
    json.text("crc64nvme", crc64_base64(object.crc64nvme));
    json.text("format", object.format).text("codec", object.codec);
    if (object.times) {
        json.text("min_timestamp", format_timestamp(object.times->min).value_or(""));
        json.text("max_timestamp", format_timestamp(object.times->max).value_or(""));
    }
    return json.done();
}

std::string object_line(const committed_object& object) {
    return fmt::format(
        "{}  {}  {} events  {}\n",
        object.key,
        range_text(object.first, object.next),
        grouped(object.events),
        human_size(object.bytes)
    );
}

struct listing {
    const opened_folder& folder;
    bool json = false;
    out_buffer out;
    std::uint64_t objects = 0, events = 0, bytes = 0;
};

task<result<void>> list_partition(listing& at, const partition_survey& survey) {
    committed_ranges ranges(*at.folder.store.client, at.folder.where, survey);
    while (true) {
        auto range = co_await ranges.next(deadline::never());
        if (!range) co_return range.error();
        if (!*range) co_return result<void>();
        if (!(**range).object) continue;
        const committed_object& object = *(**range).object;
        if (at.json && at.objects > 0) at.out.text += ',';
        at.out.text += at.json ? object_json(object) : object_line(object);
        ++at.objects;
        at.events += object.events;
        at.bytes += object.bytes;
        auto written = at.out.flush_when_full();
        if (!written) co_return written.error();
    }
}

task<result<void>> list_folder(const opened_folder& folder, bool as_json) {
    listing at{folder, as_json, {}, 0, 0, 0};
    const std::string where = "s3://" + folder.where.bucket + "/" + folder.where.folder;
    if (as_json) at.out.text = "{\"folder\":" + json_string(where) + ",\"objects\":[";
    for (std::uint32_t n = 0; n < folder.where.document.partitions; ++n) {
        auto survey =
            co_await survey_exported(*folder.store.client, folder.where, n, deadline::never());
        if (!survey) co_return survey.error();
        auto listed = co_await list_partition(at, *survey);
        if (!listed) co_return listed;
    }
    if (as_json)
        at.out.text += "]}\n";
    else
        at.out.text += fmt::format(
            "{}: {} objects, {} events, {}\n",
            where,
            grouped(at.objects),
            grouped(at.events),
            human_size(at.bytes)
        );
    auto written = at.out.flush();
    co_return written;
}

task<int> list_prefix(runtime& rt, const ls_flags& flags, logger& log) {
    auto address = parse_bucket_address(flags.prefix);
    if (!address) co_return complain(address.error(), side::neither);
    auto folder = co_await open_exported(rt.executor(), *address, flags.s3, log);
    if (!folder) co_return complain(folder.error(), side::source);
    auto listed = co_await list_folder(*folder, flags.json);
    folder->store.client->close();
    co_return listed ? 0 : complain(listed.error(), side::source);
}

int run_ls(const ls_flags& flags) {
    stderr_logger log(log_format::text, log_level::warning);
    runtime rt;
    return rt.run(list_prefix(rt, flags, log));
}

constexpr const char* ls_examples =
    "Shows what the commits name: the objects that belong to the export, in order. Objects that no "
    "commit names\nare not part of it and do not appear.\n\n"
    "Examples:\n"
    "  sluice ls s3://archive/logs/orders\n"
    "  sluice ls s3://archive/logs --json | jq '.objects[].key'";

} // namespace

void add_ls(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<ls_flags>();
    CLI::App* verb = to.add_subcommand("ls", "List the objects of an exported stream");
    verb->add_option(
            "prefix", flags->prefix, "Folder of the stream, or its parent: s3://bucket/prefix"
    )
        ->type_name("PREFIX")
        ->required();
    verb->add_flag("--json", flags->json, "One JSON document");
    add_s3_flags(*verb, flags->s3);
    verb->footer(ls_examples);
    verb->callback([flags, &chosen] { chosen.run = [flags] { return run_ls(*flags); }; });
}

} // namespace sluice::command
