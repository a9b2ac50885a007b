// tools: `sluice verify`: proves that what an export left in a bucket is whole.
#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "bucket_folder.hpp"
#include "flags.hpp"
#include "verb.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/export_reader.hpp>
#include <sluice/engine/guarantee.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/log_store.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace sluice::command {

namespace {

struct verify_flags {
    std::vector<std::string> prefixes;
    std::string against;
    std::string memory = "256MiB";
    std::string data_dir;
    s3_options s3;
    display_words shown;
};

/// The stream to compare with, kept open while its reader is used.
struct compared_stream {
    std::unique_ptr<reader> stream;
    std::vector<std::string> progress; ///< of its partitions, where an import fills it
};

task<result<compared_stream>>
open_compared(runtime& rt, const std::string& word, const std::string& data_dir) {
    compared_stream opened;
    if (word.empty()) co_return std::move(opened);
    auto address = parse_stream_address(stream_address_of(word));
    if (!address) co_return address.error();
    const std::string& directory = address->directory.empty() ? data_dir : address->directory;
    log_store store(directory, rt.executor(), rt.blocking());
    auto stream = co_await store.open_reader(address->name);
    if (!stream) co_return stream.error();
    opened.stream = std::move(*stream);
    auto progress = co_await store.progress(address->name);
    if (!progress) co_return progress.error();
    opened.progress = std::move(*progress);
    co_return std::move(opened);
}

/// The folder's address, with its host where others have places of that address.
std::string name_of_folder(const opened_folder& folder, bool with_host) {
    const std::string address = "s3://" + folder.where.bucket + "/" + folder.where.folder;
    return with_host ? address + " at " + folder.store.endpoint : address;
}

/// Whether two of them may be told apart by their hosts alone: one bucket, and one place or one
/// below the other.
bool need_hosts(const std::vector<std::string>& prefixes) {
    std::vector<std::string> seen;
    for (const std::string& each : prefixes) {
        const auto address = parse_bucket_address(each);
        if (!address) continue;
        const std::string place = address->bucket + "/" + address->prefix + "/";
        for (const std::string& other : seen)
            if (place.starts_with(other) || other.starts_with(place)) return true;
        seen.push_back(place);
    }
    return false;
}

std::string verdict_json(const verify_report& found, const opened_folder& folder) {
    json_array problems, strays, notes, pending;
    for (const std::string& each : found.notes)
        notes.add(json_string(each));
    for (const std::string& each : found.problems)
        problems.add(json_string(each));
    for (const unnamed_object& each : found.strays)
        strays.add(json_string(each.key));
    for (const std::string& each : found.pending)
        pending.add(json_string(each));
    json_object json;
    json.text("folder", name_of_folder(folder, false)).text("endpoint", folder.store.endpoint);
    json.flag("whole", found.problems.empty());
    json.number("commits", found.commits).number("objects", found.objects);
    json.number("events", found.events).number("bytes", found.bytes);
    json.value("problems", problems.done()).value("strays", strays.done());
    json.value("pending", pending.done());
    json.value("notes", notes.done());
    return json.done();
}

std::string verdict_text(
    const verify_report& found, const std::string& name, const std::string& against, bool copy
) {
    std::string text = fmt::format(
        "{}: {} commits, {} objects, {} events, {} read and checked\n",
        name,
        grouped(found.commits),
        grouped(found.objects),
        grouped(found.events),
        human_size(found.bytes)
    );
    for (const std::string& each : found.problems)
        text += "problem: " + each + "\n";
    for (const unnamed_object& each : found.strays)
        text += "stray (harmless; " + each.removal + "): " + each.key + "\n";
    for (const std::string& each : found.pending)
        text += "not yet there: " + each + "\n";
    for (const std::string& each : found.notes)
        text += "note: " + each + "\n";
    if (!found.problems.empty())
        return text + fmt::format("NOT whole: {} problems\n", found.problems.size());
    if (against.empty()) return text + "whole\n";
    const char* const how = found.values_alone
                                ? " in its value; its objects hold no keys, headers and times\n"
                                : " bit for bit\n";
    if (copy)
        return text + "whole, and what " + against + ", an import of it, holds equals it" + how;
    if (!found.all_compared)
        return text + "whole, and every exported event that " + against + " still holds equals it" +
               how;
    return text + "whole, and every exported event equals that of " + against + how;
}

/// What one prefix turned out to be.
struct verdict {
    opened_folder folder;
    verify_report found;
    bool copy = false; ///< it was compared with an import of it
};

/// Others are compared with the records of the first.
failure no_records(const export_folder& first) {
    failure why;
    why.code = engine_errc::usage;
    why.where = "s3://" + first.bucket + "/" + first.folder + ": holds " + first.document.format +
                " objects, which say nothing but values, so others cannot be compared with it: "
                "name an export as avro or ndjson first, or verify each alone --against the stream";
    return why;
}

bool holds_records(const export_folder& folder) {
    auto format = parse_format(folder.document.format);
    return !format || !values_only(*format);
}

/// What prefixes are compared with: the stream, and behind the first prefix that one.
struct measure {
    compared_stream stream;
    std::unique_ptr<reader> first; ///< reads the first prefix
    std::string name;              ///< of what is compared with, for people
    bool with_hosts = false;       ///< they are told apart by their hosts
    std::string unreadable;        ///< why there is none: the first prefix is told as damaged

    reader* against() const { return first ? first.get() : stream.stream.get(); }
};

task<result<verdict>> verify_prefix(
    runtime& rt,
    std::string prefix,
    const verify_flags& flags,
    const measure& with,
    bool is_first,
    const display& shown,
    logger& log
) {
    auto address = parse_bucket_address(prefix);
    if (!address) co_return address.error();
    auto memory = size_of_option("--memory", flags.memory);
    if (!memory) co_return memory.error();
    auto folder = co_await open_folder(rt.executor(), *address, flags.s3, log);
    if (!folder) co_return folder.error();
    const bool is_measure = flags.prefixes.size() > 1 && is_first;
    if (is_measure && !holds_records(folder->where)) co_return no_records(folder->where);
    std::uint64_t told = 0;
    const std::function<void(std::uint64_t)> progressed = [&told, &shown](std::uint64_t bytes) {
        constexpr std::uint64_t step = 64 << 20;
        if (!shown.console.terminal || shown.console.quiet || bytes < told + step) return;
        told = bytes;
        write_err("\r\x1b[2K" + human_size(bytes) + " checked");
    };
    std::optional<imported_stream> copy;
    reader* const against = with.against();
    const std::string* const other = with.first ? &with.name : nullptr;
    const std::string& exported = folder->where.document.incarnation;
    if (against && against->description().incarnation != exported)
        copy =
            find_import(against->description().name, with.stream.progress, folder->where.document);
    const imported_stream* filled = copy.has_value() ? &*copy : nullptr;
    const deadline by = deadline::never();
    auto found = co_await verify_export(
        *folder->store.client, folder->where, against, *memory, by, progressed, filled, other
    );
    if (told > 0) write_err("\r\x1b[2K");
    if (!found) co_return found.error();
    if (against && !other && !against->description().durable_acknowledge)
        found->notes.push_back("guarantee: " + guarantee_of(against->description()));
    verdict one;
    one.folder = std::move(*folder);
    one.found = std::move(*found);
    one.copy = filled != nullptr;
    co_return std::move(one);
}

/// One document for one prefix, as ever; an array for several.
result<void> tell(const std::vector<std::string>& texts, const display& shown) {
    std::string all;
    if (shown.json && texts.size() > 1) {
        json_array list;
        for (const std::string& each : texts)
            list.add(each);
        return write_out(list.done() + "\n");
    }
    for (const std::string& each : texts)
        all += each;
    if (shown.json) all += "\n";
    return write_out(shown.console.quiet && !shown.json ? std::string_view() : all);
}

/// Of a prefix that is damaged there is no measure; the others are verified nevertheless.
task<result<void>> measure_by(measure& with, const verdict& told) {
    const export_folder& where = told.folder.where;
    with.stream = compared_stream();
    with.name = name_of_folder(told.folder, with.with_hosts);
    auto opened = co_await open_export_reader(*told.folder.store.client, where);
    if (!opened && opened.error().code == engine_errc::damaged_object) {
        with.unreadable = describe(opened.error());
        with.name.clear();
        co_return result<void>();
    }
    if (!opened) co_return opened.error();
    with.first = std::move(*opened);
    co_return result<void>();
}

std::string verdict_of(const verdict& told, const measure& with, const display& shown) {
    if (shown.json) return verdict_json(told.found, told.folder);
    const std::string name = name_of_folder(told.folder, with.with_hosts);
    return verdict_text(told.found, name, with.name, told.copy);
}

/// The first prefix beside the stream, if one is named; the others beside the first.
task<int> verify_all(runtime& rt, const verify_flags& flags, const display& shown, logger& log) {
    measure with;
    auto compared = co_await open_compared(rt, flags.against, flags.data_dir);
    if (!compared) co_return complain(compared.error(), side::source);
    with.stream = std::move(*compared);
    with.name = flags.against;
    with.with_hosts = need_hosts(flags.prefixes);
    std::vector<verdict> verdicts;
    std::vector<std::string> texts;
    bool whole = true;
    for (const std::string& prefix : flags.prefixes) {
        auto one = co_await verify_prefix(rt, prefix, flags, with, verdicts.empty(), shown, log);
        if (!one) co_return complain(one.error(), side::source, "verify");
        if (!with.unreadable.empty())
            one->found.notes.push_back("was not compared with the first one: " + with.unreadable);
        verdicts.push_back(std::move(*one));
        const verdict& told = verdicts.back();
        whole = whole && told.found.problems.empty();
        texts.push_back(verdict_of(told, with, shown));
        if (verdicts.size() > 1 || flags.prefixes.size() == 1) continue;
        auto measured = co_await measure_by(with, told);
        if (!measured) co_return complain(measured.error(), side::source);
    }
    for (const verdict& each : verdicts)
        each.folder.store.client->close();
    auto written = tell(texts, shown);
    if (!written) co_return complain(written.error(), side::neither);
    constexpr int something_differs = 6;
    co_return whole ? 0 : something_differs;
}

int run_verify(const verify_flags& flags) {
    auto shown = make_display(flags.shown);
    if (!shown) return complain(shown.error(), side::neither);
    stderr_logger log(shown->format, shown->least);
    runtime rt;
    return rt.run(verify_all(rt, flags, *shown, log));
}

constexpr const char* verify_examples =
    "Reads every committed object and checks sizes, checksums, order and counts; with --against "
    "also that\nevery event equals the stream's, as far as the format holds it: avro and ndjson "
    "bit for "
    "bit.\nOf several prefixes the others are compared with the first in the same way: two exports "
    "of one stream, whatever their formats "
    "and objects are; both must begin and end at the same\nevents. The first is avro or ndjson: "
    "the other formats hold values alone. STREAM may be the source, or "
    "a\nstream that an import of the export filled: "
    "then what it holds is compared, and what it lacks is told. What the source's retention has "
    "removed is told in\na note: of those events only what the commits say is checked.\n\n"
    "Examples:\n"
    "  sluice verify s3://archive/logs/orders\n"
    "  sluice verify s3://archive/logs/orders --against orders\n"
    "  sluice verify s3://archive/logs/orders 's3://second/logs/orders?endpoint=https://"
    "s3.example.net'\n\n"
    "Exit status: 0 whole, 3 nothing exported there, 6 something is missing or differs";

} // namespace

void add_verify(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<verify_flags>();
    CLI::App* verb = to.add_subcommand("verify", "Prove that an exported stream is whole");
    verb->add_option(
            "prefix",
            flags->prefixes,
            "Folder of the stream, or its parent: s3://bucket/prefix; several are compared"
    )
        ->type_name("PREFIX")
        ->required();
    verb->add_option("--against", flags->against, "Stream that it must equal")->type_name("STREAM");
    verb->add_option("--memory", flags->memory, "Buffers")
        ->type_name("SIZE")
        ->capture_default_str();
    add_data_dir(*verb, flags->data_dir);
    add_s3_flags(*verb, flags->s3);
    add_display_flags(*verb, flags->shown);
    verb->footer(verify_examples);
    verb->callback([flags, &chosen] { chosen.run = [flags] { return run_verify(*flags); }; });
}

} // namespace sluice::command
