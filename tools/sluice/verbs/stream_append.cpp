// tools: `sluice stream append`: lines, JSON or whole files become events.
#include "../core/progress_line.hpp"
#include "../core/way_out.hpp"
#include "../io/input_file.hpp"
#include "../io/stream_appender.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event_sum.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/json_line.hpp>
#include <sluice/stream/line_splitter.hpp>

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

struct append_flags {
    stream_place place;
    std::string format = "lines";
    std::vector<std::string> paths;
    std::optional<std::uint32_t> partition;
    std::string spread = "key";
    bool key_from_path = false;
    bool no_timestamp = false;
    bool quiet = false;
    std::string group_window; ///< empty: as the stream was created
};

constexpr std::size_t read_at_once = 1 << 20;
constexpr std::size_t longest_json_line = 96 << 20; ///< 64 MiB of base64 with room for the rest

std::optional<std::int64_t> time_now(const append_flags& flags) {
    if (flags.no_timestamp) return std::nullopt;
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

/// One input on its way into the stream.
struct append_job {
    const append_flags& flags;
    stream_appender& to;
    buffer room;
};

/// Each line is a value; one above a fragment's size goes on in pieces.
class line_events {
  public:
    explicit line_events(append_job& job) : job_(job) {}
    std::optional<failure> failed;

    void line(bytes_view text) {
        record event;
        event.timestamp = time_now(job_.flags);
        event.value = text;
        note(job_.to.add(event));
    }
    void long_line_begins() {
        record event;
        event.timestamp = time_now(job_.flags);
        note(job_.to.open(event));
    }
    void long_line_more(bytes_view text) {
        if (!failed) job_.to.more(text);
    }
    void long_line_ends() {
        if (!failed) note(job_.to.close());
    }

  private:
    void note(result<void> outcome) {
        if (!outcome && !failed) failed = outcome.error();
    }
    append_job& job_;
};

/// Each line is one event as JSON, or one fragment of an event as `cat` prints very large ones.
class json_events {
  public:
    json_events(append_job& job, const std::string& input) : job_(job), input_(input) {}
    std::optional<failure> failed;

    void line(bytes_view text) {
        if (failed) return;
        ++number_;
        const std::string_view json = json_in_line(as_text(text), number_ == 1);
        if (json.empty()) return;
        auto parsed = event_.parse(json);
        if (parsed) parsed = event_.get().part ? add_fragment(event_.get()) : add_whole();
        if (parsed) return;
        failed = parsed.error();
        failed->where = input_ + ", line " + std::to_string(number_) + ": " + failed->where;
    }
    void long_line_begins() {
        ++number_;
        failed.emplace();
        failed->code = errc::limit_exceeded;
        failed->where = input_ + ", line " + std::to_string(number_) +
                        " is longer than 96 MiB; append such a value with --format file";
    }
    void long_line_more(bytes_view) {}
    void long_line_ends() {}
    /// The input has ended.
    void finish() {
        if (failed || !open_) return;
        failed = malformed_fragment("the input ends inside an event");
        failed->where = input_ + ": " + failed->where;
    }

  private:
    static failure malformed_fragment(const std::string& what) {
        failure why;
        why.code = stream_errc::malformed;
        why.where = what;
        return why;
    }
    result<void> add_whole() {
        if (open_) return malformed_fragment("the event before it has no last fragment");
        return job_.to.add(event_.get());
    }
    result<void> add_fragment(const record& piece) {
        if (piece.part->offset != at_ || (at_ > 0 && !open_))
            return malformed_fragment("fragment.offset must be " + std::to_string(at_));
        if (!open_) {
            auto opened = job_.to.open(piece);
            if (!opened) return opened;
            open_ = true;
        }
        const auto same = sum_.take(piece);
        if (piece.value) job_.to.more(*piece.value);
        if (piece.value) at_ += static_cast<std::int64_t>(piece.value->size());
        if (!piece.part->last) return result<void>();
        if (piece.part->last->length != at_)
            return malformed_fragment("fragment.last.length must be " + std::to_string(at_));
        if (!same) return malformed_fragment(same.error().where);
        open_ = false;
        at_ = 0;
        return job_.to.close();
    }

    append_job& job_;
    std::string input_;
    json_record event_;
    std::uint64_t number_ = 0;
    bool open_ = false;
    std::int64_t at_ = 0;
    event_sum sum_;
};

/// The next piece of the input. Whoever writes slowly is not kept waiting: what came goes to disk.
task<result<bytes_view>> next_piece(append_job& job, const input_file& from) {
    if (from.must_wait()) {
        auto appended = co_await job.to.append_all();
        if (!appended) co_return appended.error();
    }
    job.room.reset(read_at_once);
    co_return from.read(job.room.span());
}

template <class Events>
task<result<void>>
append_lines(append_job& job, const input_file& from, Events& events, std::size_t most) {
    line_splitter<Events> lines(events, most);
    while (!events.failed) {
        auto piece = co_await next_piece(job, from);
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
        lines.feed(*piece);
        auto appended = co_await job.to.append_when_full();
        if (!appended) co_return appended.error();
    }
    if (!events.failed) lines.finish();
    if (events.failed) co_return *events.failed;
    co_return result<void>();
}

/// As many bytes as a plain record takes, and whether there is more.
result<bytes_view> first_bytes(append_job& job, const input_file& from) {
    job.room.reset(max_fragment_bytes + 1);
    std::size_t size = 0;
    while (size < job.room.size()) {
        auto piece = from.read(job.room.span().subspan(size));
        if (!piece) return piece;
        if (piece->empty()) break;
        size += piece->size();
    }
    return job.room.view().first(size);
}

task<result<void>> append_file(append_job& job, const input_file& from) {
    record event;
    event.timestamp = time_now(job.flags);
    if (job.flags.key_from_path) event.key = as_bytes(from.name());
    auto first = first_bytes(job, from);
    if (!first) co_return first.error();
    if (first->size() <= max_fragment_bytes) {
        event.value = *first;
        auto added = job.to.add(event);
        if (!added) co_return added.error();
        co_return co_await job.to.append_when_full();
    }
    auto opened = job.to.open(event);
    if (!opened) co_return opened.error();
    result<bytes_view> piece = *first;
    while (!piece->empty()) {
        job.to.more(*piece);
        auto appended = co_await job.to.append_when_full();
        if (!appended) co_return appended.error();
        job.room.reset(read_at_once);
        piece = from.read(job.room.span());
        if (!piece) co_return piece.error();
    }
    co_return job.to.close();
}

task<result<void>> append_input(append_job& job, const std::string& path) {
    auto from = input_file::open(path);
    if (!from) co_return from.error();
    if (job.flags.format == "file") co_return co_await append_file(job, *from);
    if (job.flags.format == "ndjson") {
        json_events events(job, from->name());
        auto appended = co_await append_lines(job, *from, events, longest_json_line);
        if (!appended) co_return appended.error();
        events.finish();
        if (events.failed) co_return *events.failed;
        co_return result<void>();
    }
    line_events events(job);
    co_return co_await append_lines(job, *from, events, max_fragment_bytes);
}

/// What came before a failure is good and stays.
task<result<void>> append_inputs(append_job& job) {
    auto begun = co_await job.to.begin();
    if (!begun) co_return begun.error();
    for (const std::string& path : job.flags.paths) {
        auto appended = co_await append_input(job, path);
        if (appended) continue;
        failure why = appended.error();
        auto kept = co_await job.to.abandon_open();
        if (!kept) co_return kept.error();
        why.where += " (" + grouped(job.to.events()) + " events before it were appended)";
        co_return why;
    }
    co_return co_await job.to.append_all();
}

struct append_outcome {
    result<void> done = result<void>();
    std::uint64_t events = 0, bytes = 0;
    std::uint64_t appended = 0; ///< of the events; fewer only after a failure
};

/// The command does not know its input again: what is in the stream must not be given another time.
int complain_of_append(const append_outcome& outcome, bool in_order) {
    const failure& why = outcome.done.error();
    if (why.code != errc::disk_full) return complain(why, side::neither);
    const std::string events = grouped(outcome.appended);
    std::string hint = "free some space, then append the rest: ";
    hint += in_order ? "the first " + events + " events of the input are in the stream"
                     : events + " events of the input are in the stream, of each partition the "
                                "first ones; `sluice stream info` shows how far each came";
    write_err(error_line(why, hint) + "\n");
    return exit_status(why, side::neither);
}

task<void> append_in_group(
    task_group& group,
    writer& to,
    const partition_chooser& chooser,
    const append_flags& flags,
    append_outcome& outcome
) {
    stream_appender appender(to, chooser, group);
    append_job job{flags, appender, buffer()};
    std::exception_ptr thrown;
    try {
        outcome.done = co_await append_inputs(job);
    } catch (...) {
        thrown = std::current_exception();
    }
    outcome.events = appender.events();
    outcome.bytes = appender.bytes();
    // Appends under way refer to the appender.
    co_await group.join();
    outcome.appended = appender.appended();
    if (thrown) std::rethrow_exception(thrown);
}

result<void> check_append_flags(const append_flags& flags) {
    const std::string& format = flags.format;
    if (format != "lines" && format != "ndjson" && format != "file")
        return usage_failure("--format " + format + ": must be lines, ndjson or file");
    if (flags.key_from_path && format != "file")
        return usage_failure("--key-from-path goes with --format file only");
    return result<void>();
}

task<int> append_stream(runtime& rt, const append_flags& flags) {
    auto checked = check_append_flags(flags);
    if (!checked) co_return complain(checked.error(), side::neither);
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    log_writer_options options;
    if (!flags.group_window.empty()) {
        auto window = group_window_of(flags.group_window);
        if (!window) co_return complain(window.error(), side::neither);
        options.group_window = *window;
    }
    auto opened = co_await found->store.open_writer(found->name, options);
    if (!opened) co_return complain(opened.error(), side::source);
    writer& to = **opened;
    for (const std::string& each : to.notes())
        write_err("warning: " + each + "\n");
    auto chooser =
        partition_chooser::make(to.description().partitions, flags.partition, flags.spread);
    append_outcome outcome;
    if (chooser) {
        const std::function<task<void>(task_group&)> work = [&](task_group& group) {
            return append_in_group(group, to, *chooser, flags, outcome);
        };
        co_await with_task_group(rt.executor(), work);
    } else {
        outcome.done = chooser.error();
    }
    auto closed = co_await to.close();
    // What closing could not make durable may lack at the end of what was appended.
    if (!closed && !outcome.done) complain(closed.error(), side::neither);
    const bool in_order = closed && (to.description().partitions == 1 || flags.partition);
    if (!outcome.done) co_return complain_of_append(outcome, in_order);
    if (!closed) co_return complain(closed.error(), side::neither);
    if (!flags.quiet) {
        write_err(
            "appended " + grouped(outcome.events) + " events, " + human_size(outcome.bytes) +
            ", to " + found->name + "\n"
        );
    }
    co_return 0;
}

constexpr const char* append_examples =
    "Each event is durable when the command ends; a slow producer's events become durable as they "
    "come.\nAn event with a key goes to the partition of that key, others to partition 0, unless "
    "--partition or\n--spread says otherwise.\n\n"
    "ndjson: {\"timestamp\":\"2026-11-23T10:00:00.123456Z\",\"key\":\"k1\",\"headers\":[{\"name\":"
    "\"h\",\"value\":null}],\n         \"value\":\"text\"}; missing members are null, bytes are "
    "{\"base64\":\"…\"};\n         blank lines and a byte order mark before the first one mean "
    "nothing\n\n"
    "Examples:\n"
    "  tail -F /var/log/syslog | sluice stream append logs\n"
    "  sluice stream append orders --format ndjson events.ndjson\n"
    "  sluice stream append photos --format file --key-from-path *.jpg";

} // namespace

void add_stream_append(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<append_flags>();
    CLI::App* verb = to.add_subcommand("append", "Add events from stdin or files");
    add_stream_place(*verb, flags->place);
    verb->add_option("paths", flags->paths, "Inputs; none or - is stdin")
        ->type_name("PATH")
        ->take_all();
    verb->add_option(
            "--format",
            flags->format,
            "lines: each line is a value; ndjson: events as JSON; file: each input is one value"
    )
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_option("--partition", flags->partition, "All to this partition")->type_name("N");
    verb->add_option("--spread", flags->spread, "key: by the key; round-robin: in turn")
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_flag(
        "--key-from-path", flags->key_from_path, "With --format file: the path is the key"
    );
    verb->add_flag(
        "--no-timestamp",
        flags->no_timestamp,
        "lines and file: no timestamp instead of the current time"
    );
    add_group_window(*verb, flags->group_window)->default_str("as the stream");
    verb->add_flag("-q,--quiet", flags->quiet, "No summary");
    verb->footer(append_examples);
    verb->callback([flags, &chosen] {
        if (flags->paths.empty()) flags->paths.push_back("-");
        chosen.run = [flags] {
            runtime rt;
            return rt.run(append_stream(rt, *flags));
        };
    });
}

} // namespace sluice::command
