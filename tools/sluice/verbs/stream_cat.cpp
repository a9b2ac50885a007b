// tools: `sluice stream cat`: events of a stream on stdout.
#include "cat_flags.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/engine/readable_end.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <optional>
#include <utility>

namespace sluice::command {

namespace {

struct cat_flags {
    stream_place place;
    cat_words words;
};

/// What is printed of which partition.
struct cat_job {
    reader& stream;
    event_output out;
    std::optional<std::int64_t> since; ///< µs; nothing before the first event that is not earlier
};

bool begins_in(const block_outline& block, std::int64_t since) {
    return block.times && block.times->max >= since;
}

/// `begun`: the first event that is wanted has been met.
result<void> print_block(cat_job& job, bytes_view body, bool& begun) {
    avro_record_cursor records(body);
    record each;
    while (!records.at_end() && !job.out.enough()) {
        auto next = records.next(each);
        if (!next) return next;
        begun = begun || (each.timestamp && *each.timestamp >= *job.since);
        if (!begun) continue;
        auto taken = job.out.take(each);
        if (!taken) return taken.error();
    }
    return result<void>();
}

/// `[from, end)`, of which `from` tells in the end where printing stopped.
task<result<void>> print_blocks(cat_job& job, position& from, position end, bool& begun) {
    buffer body;
    while (from < end && !job.out.enough()) {
        auto outline = co_await job.stream.outline(from, end);
        if (!outline) co_return outline.error();
        if (outline->next == from) break;
        if (begun || begins_in(*outline, *job.since)) {
            body.reset(outline->body_bytes);
            auto read = co_await job.stream.read(*outline, body.span());
            if (!read) co_return read.error();
            auto printed = print_block(job, body.view(), begun);
            if (!printed) co_return printed.error();
        }
        from = outline->next;
    }
    co_return job.out.flush();
}

/// A block is damaged as a whole; the events before the damage are printed nevertheless.
task<result<void>> print_partition(cat_job& job, position from, position end) {
    bool begun = !job.since;
    auto printed = co_await print_blocks(job, from, end, begun);
    if (printed || printed.error().code != stream_errc::damaged) co_return printed;
    auto good = co_await readable_end(job.stream, from, end);
    if (!good || *good >= end) co_return printed;
    auto rest = co_await print_blocks(job, from, *good, begun);
    if (!rest) co_return rest;
    if (job.out.enough()) co_return rest;
    co_return printed;
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

task<result<void>> print_stream(cat_job& job, const cat_wish& wish) {
    const std::uint32_t partitions = job.stream.description().partitions;
    auto there = check_partition(wish, partitions);
    if (!there) co_return there.error();
    for (std::uint32_t n = 0; n < partitions; ++n) {
        if (wish.partition && *wish.partition != n) continue;
        auto bounds = co_await job.stream.bounds(n);
        if (!bounds) co_return bounds.error();
        const position from = beginning(wish.start, *bounds);
        const std::string& name = job.stream.description().name;
        job.out.begin("stream " + name + ", partition " + std::to_string(n));
        auto printed = co_await print_partition(job, from, bounds->end);
        if (!printed) co_return printed.error();
    }
    co_return result<void>();
}

task<int> cat_stream(runtime& rt, const cat_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto wish = make_cat_wish(flags.words);
    if (!wish) co_return complain(wish.error(), side::neither);
    auto stream = co_await found->store.open_reader(found->name);
    if (!stream) co_return complain(stream.error(), side::source);
    cat_job job{**stream, event_output(wish->output), std::nullopt};
    if (wish->start.what == start_place::kind::time) job.since = wish->start.since;
    auto printed = co_await print_stream(job, *wish);
    co_return printed ? 0 : complain(printed.error(), side::source);
}

constexpr const char* cat_examples =
    "Prints what is durable now, partition after partition. ndjson shows everything of an event; "
    "what is not UTF-8\nappears as {\"base64\":\"…\"}. lines and raw show values only. time: "
    "begins at the first event that is not\nearlier.\n\n"
    "Examples:\n"
    "  sluice stream cat orders --limit 10\n"
    "  sluice stream cat orders --partition 1 --from seq:5000\n"
    "  sluice stream cat logs --format lines | grep error";

} // namespace

void add_stream_cat(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<cat_flags>();
    CLI::App* verb = to.add_subcommand("cat", "Print events");
    add_stream_place(*verb, flags->place);
    add_cat_flags(*verb, flags->words);
    verb->footer(cat_examples);
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(cat_stream(rt, *flags));
        };
    });
}

} // namespace sluice::command
