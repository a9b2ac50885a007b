// tools: `sluice probe`: what a store supports, found out by trying.
#include "../core/profile_text.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "flags.hpp"
#include "verb.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/s3/probe.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <utility>

namespace sluice::command {

namespace {

constexpr int probe_left_something = 6;

struct probe_flags {
    std::string prefix;
    bool json = false;
    bool small = false;
    s3_options s3;
};

task<int> probe_place(runtime& rt, const probe_flags& flags, logger& log) {
    auto address = parse_bucket_address(flags.prefix);
    if (!address) co_return complain(address.error(), side::neither);
    const s3::environment of_process;
    auto store = open_store(rt.executor(), *address, flags.s3, of_process, log);
    if (!store) co_return complain(store.error(), side::destination);
    s3::probe_request what;
    what.bucket = address->bucket;
    what.prefix = join_key(address->prefix, "_sluice/probe/");
    what.large_parts = !flags.small;
    const deadline by = deadline::never();
    auto found = co_await s3::probe_store(rt.executor(), *store->client, std::move(what), by);
    store->client->close();
    if (!found) co_return complain(found.error(), side::destination);
    found->endpoint = store->endpoint;
    found->prefix = address->prefix;
    auto written =
        write_out(flags.json ? s3::store_profile_json(*found) + "\n" : profile_text(*found));
    if (!written) co_return complain(written.error(), side::neither);
    co_return found->left_behind.empty() ? 0 : probe_left_something;
}

int run_probe(const probe_flags& flags) {
    stderr_logger log(log_format::text, log_level::error);
    runtime rt;
    return rt.run(probe_place(rt, flags, log));
}

constexpr const char* probe_examples =
    "Makes some fifty small objects and a few multipart uploads below _sluice/probe/ of the "
    "prefix, "
    "looks at what\nthe store says, and removes all of it again, old versions included. Where the "
    "store refuses small parts, up to\nfour of 5 MiB are sent (--small: none). What could not be "
    "found out is \"?\" (null in JSON), with the reason.\n\n"
    "Examples:\n"
    "  sluice probe s3://archive/logs\n"
    "  sluice probe 's3://archive/logs?endpoint=https://s3.example.net' --json > store.json\n\n"
    "Exit status: 0 probed, 4 no such bucket, 6 probed, but something could not be removed, 7 "
    "refused";

} // namespace

void add_probe(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<probe_flags>();
    CLI::App* verb = to.add_subcommand("probe", "Find out what a store supports");
    verb->add_option("prefix", flags->prefix, "Where to try: s3://bucket/prefix")
        ->type_name("DEST")
        ->required();
    verb->add_flag("--json", flags->json, "One JSON document, to be stored");
    verb->add_flag("--small", flags->small, "Send no part of 5 MiB: some things stay unknown");
    add_s3_flags(*verb, flags->s3);
    verb->footer(probe_examples);
    verb->callback([flags, &chosen] { chosen.run = [flags] { return run_probe(*flags); }; });
}

} // namespace sluice::command
