// tools: `sluice stream`: its verbs, and those that are only a few lines.
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/text.hpp>

#include <cstdio>
#include <utility>

#include <unistd.h>

namespace sluice::command {

void add_stream_place(CLI::App& to, stream_place& place) {
    to.add_option("name", place.word, "Stream: NAME, log:NAME or log:///dir/NAME")
        ->type_name("NAME")
        ->required();
    add_data_dir(to, place.data_dir);
}

CLI::Option* add_group_window(CLI::App& to, std::string& word) {
    return to
        .add_option(
            "--group-window",
            word,
            "Appends wait so long, at most 10ms, before each sync, so that more events share it"
        )
        ->type_name("TIME");
}

result<std::chrono::microseconds> group_window_of(const std::string& word) {
    auto parsed = parse_duration(word);
    if (!parsed) return usage_failure("--group-window " + parsed.error().where);
    if (*parsed > longest_group_window)
        return usage_failure("--group-window " + word + ": must be 0 to 10ms");
    return std::chrono::duration_cast<std::chrono::microseconds>(*parsed);
}

result<found_stream> find_stream(runtime& rt, const stream_place& place) {
    auto address = parse_stream_address(stream_address_of(place.word));
    if (!address) return address.error();
    const std::string& directory = address->directory.empty() ? place.data_dir : address->directory;
    found_stream found{log_store(directory, rt.executor(), rt.blocking()), address->name};
    return found;
}

namespace {

struct create_flags {
    stream_place place;
    log_create_options options;
    retention_words retention;
    std::string group_window = "0";
};

task<int> create_stream(runtime& rt, const create_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto retention = make_retention(flags.retention);
    if (!retention) co_return complain(retention.error(), side::neither);
    log_create_options options = flags.options;
    options.retention = *retention;
    auto window = group_window_of(flags.group_window);
    if (!window) co_return complain(window.error(), side::neither);
    options.group_window = *window;
    auto created = co_await found->store.create(found->name, options);
    if (!created) co_return complain(created.error(), side::neither);
    std::string durability = created->durable_acknowledge ? "" : ", relaxed";
    if (created->codec != "none") durability += ", " + created->codec;
    const std::string line = "created " + created->name + ": " +
                             std::to_string(created->partitions) + " partitions" + durability +
                             ", incarnation " + created->incarnation + "\n";
    auto written = write_out(line);
    co_return written ? 0 : complain(written.error(), side::neither);
}

struct delete_flags {
    stream_place place;
    bool yes = false;
};

/// Asks on the terminal. Without one nobody can answer, and --yes is needed.
result<bool> confirmed(const delete_flags& flags) {
    if (flags.yes) return true;
    if (::isatty(STDIN_FILENO) != 1)
        return usage_failure(
            "deleting " + flags.place.word + " needs --yes, for nobody can be asked"
        );
    write_err("delete stream " + flags.place.word + " and all its events? type yes: ");
    char answer[8] = {};
    if (!std::fgets(answer, sizeof answer, stdin)) return false;
    return std::string_view(answer) == "yes\n";
}

task<int> delete_stream(runtime& rt, const delete_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto sure = confirmed(flags);
    if (!sure) co_return complain(sure.error(), side::neither);
    if (!*sure) {
        write_err("nothing was deleted\n");
        co_return 10;
    }
    auto removed = co_await found->store.remove(found->name);
    if (!removed) co_return complain(removed.error(), side::source);
    co_return 0;
}

task<int> release_stream(runtime& rt, const stream_place& place) {
    auto found = find_stream(rt, place);
    if (!found) co_return complain(found.error(), side::neither);
    auto before = co_await found->store.info(found->name);
    if (!before) co_return complain(before.error(), side::source);
    auto released = co_await found->store.release(found->name);
    if (!released) co_return complain(released.error(), side::source);
    const std::string& by = before->reserved_by;
    const std::string line =
        by.empty() ? found->name + " was not reserved: anybody may write to it\n"
                   : found->name + " is released: anybody may write to it, and transfer " + by +
                         " does not go on with it\n";
    auto written = write_out(line);
    co_return written ? 0 : complain(written.error(), side::neither);
}

/// Runs `work(runtime, flags)`, which returns the verb's coroutine.
template <class Flags, class Work>
std::function<int()> on_runtime(std::shared_ptr<Flags> flags, Work work) {
    return [flags, work] {
        runtime rt;
        return rt.run(work(rt, *flags));
    };
}

} // namespace

void add_stream_create(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<create_flags>();
    CLI::App* verb = to.add_subcommand("create", "Make a new, empty stream");
    add_stream_place(*verb, flags->place);
    verb->add_option("--partitions", flags->options.partitions, "1 to 4096; fixed for ever")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option(
            "--codec",
            flags->options.codec,
            "none, or zstd: smaller on disk, more work for the processor; fixed for ever"
    )
        ->type_name("WORD")
        ->capture_default_str();
    add_retention(*verb, flags->retention, "--retain-bytes", "--retain-age");
    verb->add_flag(
        "--relaxed",
        flags->options.relaxed,
        "Acknowledge before the disk does: faster, and a power cut may lose the last events"
    );
    add_group_window(*verb, flags->group_window);
    verb->add_flag(
        "--on-network-disk",
        flags->options.on_network_disk,
        "Also on NFS, SMB and the like, whose locks and syncs are then trusted"
    );
    verb->footer("Without --retain-bytes and --retain-age everything stays.\n\nExamples:\n"
                 "  sluice stream create orders --partitions 4\n"
                 "  sluice stream create logs --codec zstd --retain-bytes 10GiB --retain-age 7d");
    verb->callback([flags, &chosen] { chosen.run = on_runtime(flags, create_stream); });
}

void add_stream_delete(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<delete_flags>();
    CLI::App* verb = to.add_subcommand("delete", "Delete a stream with all its events");
    add_stream_place(*verb, flags->place);
    verb->add_flag("-y,--yes", flags->yes, "Do not ask (needed where no terminal can be asked)");
    verb->footer(
        "Its files are removed from this machine; what was exported of it stays in the buckets, "
        "and "
        "can be\nimported into a stream of this name or another. Refused (7) while a process "
        "writes "
        "to the stream or\nexports it. A stream that is created anew under the name is another "
        "one: "
        "its export to the same prefix\nneeds --new-generation.\n\n"
        "Examples:\n  sluice stream delete orders\n  sluice stream delete orders --yes\n\n"
        "Exit status: 0 deleted, 2 nobody could be asked, 3 no such stream, 7 it is in use, 10 the "
        "answer was not yes"
    );
    verb->callback([flags, &chosen] { chosen.run = on_runtime(flags, delete_stream); });
}

void add_stream_release(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<stream_place>();
    CLI::App* verb = to.add_subcommand("release", "Let others write to a stream that was imported");
    add_stream_place(*verb, *flags);
    verb->footer("The import that filled it refuses to continue afterwards.");
    verb->callback([flags, &chosen] { chosen.run = on_runtime(flags, release_stream); });
}

void add_stream(CLI::App& to, chosen_verb& chosen) {
    CLI::App* verbs =
        to.add_subcommand("stream", "Make, fill and read streams of the embedded log");
    verbs->require_subcommand(1);
    add_stream_create(*verbs, chosen);
    add_stream_append(*verbs, chosen);
    add_stream_cat(*verbs, chosen);
    add_stream_info(*verbs, chosen);
    add_stream_list(*verbs, chosen);
    add_stream_verify(*verbs, chosen);
    add_stream_repair(*verbs, chosen);
    add_stream_trim(*verbs, chosen);
    add_stream_cursors(*verbs, chosen);
    add_stream_release(*verbs, chosen);
    add_stream_delete(*verbs, chosen);
    verbs->footer("Examples:\n  sluice stream create orders --partitions 2\n"
                  "  sluice stream append orders --format ndjson events.ndjson\n"
                  "  sluice stream cat orders --limit 10");
}

} // namespace sluice::command
