// tools: `sluice inspect`: what an export is, or what one of its objects is.
#include "../core/json_text.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "bucket_folder.hpp"
#include "flags.hpp"
#include "inspect_text.hpp"
#include "verb.hpp"

#include <sluice/engine/committed_ranges.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace sluice::command {

namespace {

struct inspect_flags {
    std::string place;
    bool json = false;
    s3_options s3;
};

task<result<partition_summary>>
sum_up(const opened_folder& folder, std::uint32_t partition, deadline by) {
    auto survey = co_await survey_exported(*folder.store.client, folder.where, partition, by);
    if (!survey) co_return survey.error();
    partition_summary summary = summarize(*survey);
    committed_ranges ranges(*folder.store.client, folder.where, *survey);
    while (true) {
        auto range = co_await ranges.next(by);
        if (!range) co_return range.error();
        if (!*range) co_return std::move(summary);
        if ((**range).object) add_object(summary, *(**range).object);
    }
}

task<int> inspect_folder(const opened_folder& folder, bool as_json) {
    const stream_document& document = folder.where.document;
    const std::string where = "s3://" + folder.where.bucket + "/" + folder.where.folder;
    std::string text = fmt::format(
        "{}\nstream {}, incarnation {}, {} partitions, format {}\n",
        where,
        document.name,
        document.incarnation,
        document.partitions,
        document.format
    );
    json_array partitions;
    const deadline by = deadline::never();
    for (std::uint32_t n = 0; n < document.partitions; ++n) {
        auto summary = co_await sum_up(folder, n, by);
        if (!summary) co_return complain(summary.error(), side::source);
        text += partition_text(*summary);
        partitions.add(partition_json(*summary));
    }
    if (as_json) {
        json_object json;
        json.text("folder", where).text("stream", document.name);
        json.text("incarnation", document.incarnation).text("format", document.format);
        json.value("partitions", partitions.done());
        text = json.done() + "\n";
    }
    auto written = write_out(text);
    co_return written ? 0 : complain(written.error(), side::neither);
}

failure not_there(const opened_folder& folder, const committed_object& object) {
    failure why;
    why.code = s3::s3_errc::no_such_key;
    why.where = "s3://" + folder.where.bucket + "/" + join_key(folder.where.folder, object.key) +
                ": a commit names it (events " + to_string(object.first) + " up to " +
                to_string(object.next) + "), and it is not in the bucket";
    return why;
}

/// The object's own header: the first bytes of an Avro file; none of other formats, which must be
/// there all the same.
task<result<std::optional<avro_header>>>
fetch_header(const opened_folder& folder, const committed_object& object) {
    std::optional<avro_header> header;
    if (object.format != "avro") {
        const std::string key = join_key(folder.where.folder, object.key);
        const deadline by = deadline::never();
        auto head = co_await folder.store.client->head(folder.where.bucket, key, by);
        if (!head && head.error().code == s3::s3_errc::no_such_key)
            co_return not_there(folder, object);
        if (!head) co_return head.error();
        co_return header;
    }
    constexpr std::uint64_t most = 64 << 10;
    s3::get_request what;
    what.bucket = folder.where.bucket;
    what.key = join_key(folder.where.folder, object.key);
    what.range.emplace();
    what.range->size = std::min(most, object.bytes);
    s3::memory_sink into(most);
    const deadline by = deadline::never();
    auto got = co_await folder.store.client->get(what, into, by);
    if (!got && got.error().code == s3::s3_errc::no_such_key) co_return not_there(folder, object);
    if (!got) co_return got.error();
    auto read = read_avro_header(into.bytes());
    if (!read) co_return read.error();
    header = std::move(*read);
    co_return std::move(header);
}

failure not_committed(const std::string& key) {
    failure why;
    why.code = s3::s3_errc::no_such_key;
    why.where = key + ": no commit names such an object";
    return why;
}

int complain_of_object(const failure& why) {
    constexpr int no_source = 3;
    const int status = complain(why, side::source, "inspect");
    return why.code == s3::s3_errc::no_such_key ? no_source : status;
}

task<int> inspect_object(const opened_folder& folder, const object_place& place, bool as_json) {
    const deadline by = deadline::never();
    auto named = co_await find_named_object(
        *folder.store.client, folder.where, place.partition, place.key, by
    );
    if (!named) co_return complain(named.error(), side::source);
    if (!*named) co_return complain_of_object(not_committed(place.key));
    auto header = co_await fetch_header(folder, (**named).object);
    if (!header) co_return complain_of_object(header.error());
    object_account account;
    static_cast<named_object&>(account) = std::move(**named);
    account.header = std::move(*header);
    const std::string text = as_json ? object_account_json(account) + "\n" : object_text(account);
    auto written = write_out(text);
    co_return written ? 0 : complain(written.error(), side::neither);
}

task<int> inspect_place(runtime& rt, const inspect_flags& flags, logger& log) {
    auto address = parse_bucket_address(flags.place);
    if (!address) co_return complain(address.error(), side::neither);
    const auto place = find_object_place(address->prefix);
    if (place) address->prefix = place->folder;
    auto folder = co_await open_folder(rt.executor(), *address, flags.s3, log);
    if (!folder) co_return complain(folder.error(), side::source);
    int status = 0;
    if (place)
        status = co_await inspect_object(*folder, *place, flags.json);
    else
        status = co_await inspect_folder(*folder, flags.json);
    folder->store.client->close();
    co_return status;
}

int run_inspect(const inspect_flags& flags) {
    stderr_logger log(log_format::text, log_level::warning);
    runtime rt;
    return rt.run(inspect_place(rt, flags, log));
}

constexpr const char* inspect_examples =
    "Of a folder: stream, incarnation, and of each partition what is exported and who holds the "
    "claim.\nOf an object: range, commit, checksums, header and pieces.\n\n"
    "Examples:\n"
    "  sluice inspect s3://archive/logs/orders\n"
    "  sluice inspect s3://archive/logs/orders/partition=0/00000000000000000000-0-5f3a9c1e.avro\n\n"
    "Exit status: 0 done, 1 damaged, 2 usage, 3 nothing exported there, or no such object";

} // namespace

void add_inspect(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<inspect_flags>();
    CLI::App* verb = to.add_subcommand("inspect", "Show what an export, or one of its objects, is");
    verb->add_option("place", flags->place, "Folder, its parent, or an object: s3://bucket/key")
        ->type_name("PLACE")
        ->required();
    verb->add_flag("--json", flags->json, "One JSON document");
    add_s3_flags(*verb, flags->s3);
    verb->footer(inspect_examples);
    verb->callback([flags, &chosen] { chosen.run = [flags] { return run_inspect(*flags); }; });
}

} // namespace sluice::command
