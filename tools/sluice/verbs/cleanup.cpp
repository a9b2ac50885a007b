// tools: `sluice cleanup`: removes what runs left behind in a bucket.
#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "bucket_folder.hpp"
#include "flags.hpp"
#include "verb.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/cleanup.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>

namespace sluice::command {

namespace {

struct cleanup_flags {
    std::string prefix;
    std::string older_than = "24h";
    bool dry_run = false;
    bool take_over = false;
    bool json = false;
    s3_options s3;
};

std::string stray_text(const stray& each) {
    return each.upload_id.empty() ? "object " + each.key + ", " + human_size(each.bytes)
                                  : "upload " + each.key + " (" + each.upload_id + ")";
}

std::string strays_json(const std::vector<stray>& strays) {
    json_array list;
    for (const stray& each : strays) {
        json_object json;
        json.text("key", each.key);
        if (each.upload_id.empty())
            json.number("bytes", each.bytes);
        else
            json.text("upload_id", each.upload_id);
        if (each.since) json.text("since", format_timestamp(*each.since).value_or(""));
        list.add(json.done());
    }
    return list.done();
}

std::string
cleanup_json(const cleanup_report& done, const std::string& where, const cleanup_flags& flags) {
    json_array taken;
    for (const std::string& each : done.taken)
        taken.add(json_string(each));
    json_object json;
    json.text("folder", where).flag("dry_run", flags.dry_run);
    json.value("removed", strays_json(done.removed)).value("held", strays_json(done.held));
    json.value("young", strays_json(done.young)).value("claims_taken", taken.done());
    return json.done() + "\n";
}

/// What was removed has been told line by line.
std::string
cleanup_text(const cleanup_report& done, const std::string& where, const cleanup_flags& flags) {
    std::string text;
    for (const std::string& each : done.taken)
        text += (flags.dry_run ? "would take and release" : "took and released") +
                std::string(" the claim of ") + each + "\n";
    for (const stray& each : done.held)
        text += "left, of a claim in force (--take-over removes it): " + stray_text(each) + "\n";
    std::uint64_t bytes = 0;
    for (const stray& each : done.removed)
        bytes += each.bytes;
    return text + fmt::format(
                      "{}: {} {} ({} in objects), {} of a claim in force, {} younger than {}\n",
                      where,
                      flags.dry_run ? "would remove" : "removed",
                      grouped(done.removed.size()),
                      human_size(bytes),
                      grouped(done.held.size()),
                      grouped(done.young.size()),
                      flags.older_than
                  );
}

std::int64_t micros_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

task<int> clean_folder(runtime& rt, const cleanup_flags& flags, logger& log) {
    auto address = parse_bucket_address(flags.prefix);
    if (!address) co_return complain(address.error(), side::neither);
    auto older_than = duration_of_option("--older-than", flags.older_than);
    if (!older_than) co_return complain(older_than.error(), side::neither);
    auto folder = co_await open_folder(rt.executor(), *address, flags.s3, log);
    if (!folder) co_return complain(folder.error(), side::source);
    cleanup_options options;
    options.older_than = *older_than;
    options.now = micros_now();
    options.dry_run = flags.dry_run;
    options.take_over = flags.take_over;
    const std::function<void(const stray&)> removing = [&flags](const stray& each) {
        const char* verb = flags.dry_run ? "would remove " : "removing ";
        if (!flags.json) write_out(verb + stray_text(each) + "\n");
    };
    const deadline by = deadline::never();
    auto done = co_await clean_up(*folder->store.client, folder->where, options, removing, by);
    folder->store.client->close();
    if (!done) co_return complain(done.error(), side::destination);
    const std::string where = "s3://" + folder->where.bucket + "/" + folder->where.folder;
    const std::string text =
        flags.json ? cleanup_json(*done, where, flags) : cleanup_text(*done, where, flags);
    auto written = write_out(text);
    co_return written ? 0 : complain(written.error(), side::neither);
}

int run_cleanup(const cleanup_flags& flags) {
    stderr_logger log(log_format::text, log_level::warning);
    runtime rt;
    return rt.run(clean_folder(rt, flags, log));
}

constexpr const char* cleanup_examples =
    "Removes our own strays: uploads and objects of the export's own names that no commit names, "
    "and what probes left.\nWhat a commit names, what has another name, and what an export that "
    "holds its claim may still need stays,\nalso while that export runs. An export removes its "
    "strays by itself when it runs again: this is for those\nthat will not. --take-over also "
    "removes what an export left that has not released its claim: it takes the\nclaim, which "
    "stops that export should it still run (it can be started again), and releases it.\n\n"
    "Examples:\n"
    "  sluice cleanup s3://archive/logs/orders --dry-run\n"
    "  sluice cleanup s3://archive/logs/orders --older-than 168h\n"
    "  sluice cleanup s3://archive/logs/orders --take-over\n\n"
    "Exit status: 0 done, 3 nothing exported there, 7 another run claimed it meanwhile";

} // namespace

void add_cleanup(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<cleanup_flags>();
    CLI::App* verb = to.add_subcommand("cleanup", "Remove what runs left behind in a bucket");
    verb->add_option(
            "prefix", flags->prefix, "Folder of the stream, or its parent: s3://bucket/prefix"
    )
        ->type_name("PREFIX")
        ->required();
    verb->add_option(
            "--older-than", flags->older_than, "Leave what is younger, by the store's clock"
    )
        ->type_name("TIME")
        ->capture_default_str();
    verb->add_flag("--dry-run", flags->dry_run, "Only tell what would be removed");
    verb->add_flag(
        "--take-over", flags->take_over, "Also what is of a claim that nobody has released"
    );
    verb->add_flag("--json", flags->json, "One JSON document");
    add_s3_flags(*verb, flags->s3);
    verb->footer(cleanup_examples);
    verb->callback([flags, &chosen] { chosen.run = [flags] { return run_cleanup(*flags); }; });
}

} // namespace sluice::command
