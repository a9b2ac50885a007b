// tools: `sluice stream cat`: events of a stream on stdout.
#include "../core/event_printer.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/format.hpp>

#include <optional>
#include <utility>

namespace sluice::command {

namespace {

struct cat_flags {
    stream_place place;
    std::optional<std::uint32_t> partition;
    std::string from = "earliest";
    std::uint64_t limit = 0; ///< events; 0: all
    std::string format = "ndjson";
    std::string join = "64MiB";
};

/// What is printed of which partition, and how much is left to print.
struct cat_job {
    reader& stream;
    event_printer printer;
    out_buffer out;
    std::optional<std::uint64_t> left;

    bool enough() const { return left && *left == 0; }
};

result<void> print_block(cat_job& job, bytes_view body) {
    avro_record_cursor records(body);
    record each;
    while (!records.at_end() && !job.enough()) {
        auto next = records.next(each);
        if (!next) return next;
        const bool whole = job.printer.print(each, job.out.text);
        if (whole && job.left) --*job.left;
        auto flushed = job.out.flush_when_full();
        if (!flushed) return flushed;
    }
    return result<void>();
}

task<result<void>> print_partition(cat_job& job, position from, position end) {
    buffer body;
    while (from < end && !job.enough()) {
        auto outline = co_await job.stream.outline(from, end);
        if (!outline) co_return outline.error();
        if (outline->next == from) break;
        body.reset(outline->body_bytes);
        auto read = co_await job.stream.read(*outline, body.span());
        if (!read) co_return read.error();
        auto printed = print_block(job, body.view());
        if (!printed) co_return printed.error();
        from = outline->next;
    }
    co_return job.out.flush();
}

position beginning(const start_place& start, const stream_bounds& bounds) {
    position from = bounds.first;
    if (start.what == start_place::kind::latest) return bounds.end;
    if (start.what == start_place::kind::sequence) {
        from.sequence = start.sequence;
        from.offset = 0;
    }
    return from;
}

task<result<void>> print_stream(cat_job& job, const start_place& start, const cat_flags& flags) {
    const std::uint32_t partitions = job.stream.description().partitions;
    std::optional<std::uint32_t> only = flags.partition;
    if (start.partition) only = start.partition;
    if (only && *only >= partitions) {
        co_return usage_failure(
            "--partition " + std::to_string(*only) + ": the stream has partitions 0 to " +
            std::to_string(partitions - 1)
        );
    }
    for (std::uint32_t n = 0; n < partitions; ++n) {
        if (only && *only != n) continue;
        auto bounds = co_await job.stream.bounds(n);
        if (!bounds) co_return bounds.error();
        const position from = beginning(start, *bounds);
        auto printed = co_await print_partition(job, from, bounds->end);
        if (!printed) co_return printed.error();
    }
    co_return result<void>();
}

task<int> cat_stream(runtime& rt, const cat_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto format = parse_print_format(flags.format);
    if (!format) co_return complain(format.error(), side::neither);
    auto start = parse_start(flags.from);
    if (!start) co_return complain(start.error(), side::neither);
    auto join = size_of_option("--join", flags.join);
    if (!join) co_return complain(join.error(), side::neither);
    auto stream = co_await found->store.open_reader(found->name);
    if (!stream) co_return complain(stream.error(), side::source);
    cat_job job{**stream, event_printer(*format, *join), out_buffer(), std::nullopt};
    if (flags.limit > 0) job.left = flags.limit;
    auto printed = co_await print_stream(job, *start, flags);
    co_return printed ? 0 : complain(printed.error(), side::source);
}

constexpr const char* cat_examples =
    "Prints what is durable now, partition after partition. ndjson shows everything of an event; "
    "what is not UTF-8\nappears as {\"base64\":\"…\"}. lines and raw show values only.\n\n"
    "Examples:\n"
    "  sluice stream cat orders --limit 10\n"
    "  sluice stream cat orders --partition 1 --from seq:5000\n"
    "  sluice stream cat logs --format lines | grep error";

} // namespace

void add_stream_cat(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<cat_flags>();
    CLI::App* verb = to.add_subcommand("cat", "Print events");
    add_stream_place(*verb, flags->place);
    verb->add_option("--partition", flags->partition, "Only this partition")->type_name("N");
    verb->add_option("--from", flags->from, "earliest, latest, seq:N or partition/N")
        ->type_name("POSITION")
        ->capture_default_str();
    verb->add_option("--limit", flags->limit, "At most so many events (0: all)")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--format", flags->format, "ndjson, lines or raw")
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_option(
            "--join", flags->join, "ndjson: an event with a larger value appears in fragments"
    )
        ->type_name("SIZE")
        ->capture_default_str();
    verb->footer(cat_examples);
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(cat_stream(rt, *flags));
        };
    });
}

} // namespace sluice::command
