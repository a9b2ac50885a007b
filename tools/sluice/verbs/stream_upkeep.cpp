// tools: `sluice stream trim` and `sluice stream cursors`.
#include "stream_upkeep_text.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <limits>
#include <optional>
#include <utility>

namespace sluice::command {

void add_retention(
    CLI::App& to, retention_words& words, const std::string& bytes, const std::string& age
) {
    words.bytes_option = bytes;
    words.age_option = age;
    to.add_option(bytes, words.bytes, "Keep the last SIZE of each partition, older may go")
        ->type_name("SIZE");
    to.add_option(age, words.age, "Keep what was written less than DURATION ago (7d, 12h)")
        ->type_name("DURATION");
    to.add_option(
          "--max-lag",
          words.max_lag,
          "A cursor holds back at most SIZE; without it, all that it needs"
    )
        ->type_name("SIZE");
}

result<log_retention> make_retention(const retention_words& words) {
    log_retention rules;
    if (!words.bytes.empty()) {
        auto bytes = size_of_option(words.bytes_option, words.bytes);
        if (!bytes) return bytes.error();
        rules.bytes = *bytes;
    }
    if (!words.age.empty()) {
        auto age = duration_of_option(words.age_option, words.age);
        if (!age) return age.error();
        rules.age = *age;
    }
    if (!words.max_lag.empty()) {
        auto lag = size_of_option("--max-lag", words.max_lag);
        if (!lag) return lag.error();
        rules.max_lag = *lag;
    }
    return rules;
}

namespace {

struct trim_flags {
    stream_place place;
    retention_words keep;
    std::string before;
    bool look_only = false;
    bool json = false;
};

result<log_trim_request> make_request(const trim_flags& flags) {
    log_trim_request request;
    request.look_only = flags.look_only;
    auto keep = make_retention(flags.keep);
    if (!keep) return keep.error();
    request.keep = *keep;
    if (flags.before.empty()) return request;
    auto place = parse_start(flags.before);
    if (!place)
        return usage_failure("--before " + flags.before + ": must be latest, seq:N or partition/N");
    request.before = place->sequence;
    request.partition = place->partition;
    if (place->what == start_place::kind::latest)
        request.before = std::numeric_limits<std::int64_t>::max();
    return request;
}

task<int> trim_stream(runtime& rt, const trim_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto request = make_request(flags);
    if (!request) co_return complain(request.error(), side::neither);
    auto done = co_await found->store.trim(found->name, *request);
    if (!done) co_return complain(done.error(), side::source);
    const std::string text = flags.json ? trim_json(found->name, *done, flags.look_only)
                                        : trim_text(found->name, *done, flags.look_only);
    auto written = write_out(text);
    co_return written ? 0 : complain(written.error(), side::neither);
}

struct cursors_flags {
    stream_place place;
    std::string state_file;
    std::string remove;
    bool json = false;
};

/// Where that cannot be told, the cursors are, and the reason stands beside them.
std::vector<cursor_owner> owners_told(const std::string& state_file) {
    auto owners = cursor_owners(state_file);
    if (owners) return std::move(*owners);
    write_err(
        "warning: whose cursors these are cannot be told: " + describe(owners.error()) + "\n"
    );
    return std::vector<cursor_owner>();
}

task<int> show_cursors(runtime& rt, const cursors_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    if (!flags.remove.empty()) {
        auto removed = co_await found->store.remove_cursor(found->name, flags.remove);
        if (!removed) co_return complain(removed.error(), side::source);
    }
    auto cursors = co_await found->store.cursors(found->name);
    if (!cursors) co_return complain(cursors.error(), side::source);
    const auto owners = owners_told(flags.state_file);
    const std::string text = flags.json
                                 ? cursors_json(found->name, *cursors, owners)
                                 : cursors_text(found->name, *cursors, owners, flags.state_file);
    auto written = write_out(text);
    co_return written ? 0 : complain(written.error(), side::neither);
}

constexpr const char* trim_notes =
    "Gives disk space back. What may go is said by --before (events before that place), "
    "--keep-bytes "
    "(all but the\nlast SIZE of each partition) or --keep-age; of several, by each of them. "
    "Without "
    "any, the rules hold with\nwhich the stream was created (--retain-bytes, --retain-age).\n\n"
    "Two things stay whatever is said: the segment that is written to, for only whole segments go "
    "(256 MiB each, or an\neighth of --retain-bytes), the oldest first; and what a cursor has not "
    "read, such as events that an export has not\nsent yet. --max-lag SIZE lets a cursor keep no "
    "more than that: its reader then finds a gap, and is told.\nThe stream may be written and read "
    "meanwhile.\n\n"
    "Examples:\n"
    "  sluice stream trim orders --before seq:1000000 --dry-run\n"
    "      only tells what would go\n"
    "  sluice stream trim orders --keep-bytes 10GiB\n"
    "  sluice stream trim orders --before latest --max-lag 0\n"
    "      all that can go, also what exports have not sent yet";

constexpr const char* cursors_notes =
    "A cursor is how far a reader has got; an export keeps one for each destination. What lies "
    "behind it is not\nremoved by retention. One that nobody uses any more holds the disk for "
    "ever: "
    "remove it. Whose a cursor is\ntells the state file of the transfers (--state); it does not "
    "know "
    "those that run with another file, on another\nmachine, or in another program, nor those that "
    "were deleted.\n\n"
    "Examples:\n"
    "  sluice stream cursors orders\n"
    "  sluice stream cursors orders --remove export-0123456789abcdef";

} // namespace

void add_stream_trim(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<trim_flags>();
    CLI::App* verb = to.add_subcommand("trim", "Remove the oldest events");
    add_stream_place(*verb, flags->place);
    verb->add_option(
            "--before",
            flags->before,
            "What lies before this place may go: latest, seq:N or partition/N"
    )
        ->type_name("POSITION");
    add_retention(*verb, flags->keep, "--keep-bytes", "--keep-age");
    verb->add_flag("--dry-run", flags->look_only, "Only tell what would be removed");
    verb->add_flag("--json", flags->json, "One JSON document");
    verb->footer(trim_notes);
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(trim_stream(rt, *flags));
        };
    });
}

void add_stream_cursors(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<cursors_flags>();
    CLI::App* verb = to.add_subcommand("cursors", "Show how far readers are; remove a cursor");
    add_stream_place(*verb, flags->place);
    verb->add_option("--remove", flags->remove, "Forget this one first")->type_name("CURSOR");
    add_state_file(*verb, flags->state_file);
    verb->add_flag("--json", flags->json, "One JSON document");
    verb->footer(cursors_notes);
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(show_cursors(rt, *flags));
        };
    });
}

} // namespace sluice::command
