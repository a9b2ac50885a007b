// simulation: processes: those that append, export, import.
#include "process.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/destinations.hpp>
#include <sluice/engine/state_store.hpp>
#include <sluice/stream/batch_builder.hpp>
#include <sluice/stream/error.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace sluice::simulation {

namespace {

/// Runs the process's code, and tells when it has ended.
void begin(world& in, const std::shared_ptr<process>& as, task<void> work) {
    boost::asio::co_spawn(
        as->who->executor(),
        std::move(work),
        [&in, as](std::exception_ptr thrown) {
            if (thrown) {
                try {
                    std::rethrow_exception(thrown);
                } catch (const std::exception& why) {
                    in.violated(as->who->name + " threw " + why.what());
                }
            }
            as->ended = true;
            as->running.reset();
            if (as->died()) ++in.deaths;
            in.say(
                as->who->name + " ended" + (as->died() ? " dead" : "") + " " + as->state + " " +
                (as->outcome ? describe(*as->outcome) : "") + " after " +
                std::to_string(as->who->steps()) + " steps"
            );
            as->who->over.set();
        }
    );
}

/// As somebody does between two runs.
void take_wishes_back(const std::string& state_file) {
    auto journal = state_store::open(state_file);
    if (!journal) return;
    const auto known = (**journal).transfers();
    if (!known) return;
    constexpr std::optional<std::uint32_t> parts[] = {std::nullopt, 0U, 1U};
    for (const transfer_row& each : *known)
        for (const auto& part : parts)
            static_cast<void>(want(**journal, each.name, "", part, "running"));
}

template <class Spec>
task<void> run_transfer(world& in, std::shared_ptr<process> as, Spec spec) {
    engine_options options;
    options.data_dir = in.log_folder();
    options.state_file = in.state_file(as->machine);
    options.log = as->log.get();
    options.blocking = as->who->executor();
    options.files = as->files.get();
    options.stores = [&in, as](const bucket_address&) -> result<own_store> {
        own_store own;
        own.store = std::make_shared<store>(as->who, in.s3);
        own.endpoint = "cloud";
        return own;
    };
    if (as->resumes_all) take_wishes_back(in.state_file(as->machine));
    engine runs(as->who->executor(), std::move(options));
    auto started = co_await runs.start(std::move(spec));
    if (!started) {
        as->outcome = started.error().why;
    } else {
        as->running = std::make_shared<transfer>(*started);
        if (as->died()) as->running->halt();
        auto report = co_await as->running->wait();
        as->outcome = report.outcome;
        as->state = report.final.state;
    }
    co_await runs.shutdown();
}

std::string some_bytes(world& in, std::size_t size) {
    std::string bytes(size, ' ');
    std::uint64_t word = in.draws();
    for (char& each : bytes) {
        word = word * 6364136223846793005U + 1442695040888963407U;
        each = static_cast<char>('a' + (word >> 33) % 26);
    }
    return bytes;
}

/// What an event is made of while it is encoded.
struct drawn_event {
    std::optional<std::string> key, value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
    std::optional<std::int64_t> timestamp;
};

std::optional<std::string> maybe_bytes(world& in, std::size_t largest) {
    const auto what = in.draw(10);
    if (what == 0) return std::nullopt;
    if (what == 1) return std::string();
    return some_bytes(in, 1 + in.draw(largest));
}

drawn_event draw_event(world& in, std::size_t largest) {
    drawn_event drawn;
    drawn.key = maybe_bytes(in, 20);
    drawn.value = maybe_bytes(in, largest);
    for (auto n = in.draw(3); n > 0; --n)
        drawn.headers.emplace_back(some_bytes(in, 1 + in.draw(5)), maybe_bytes(in, 10));
    if (in.chance(80)) drawn.timestamp = 1'700'000'000'000'000 + static_cast<int>(in.draw(1000000));
    return drawn;
}

std::optional<bytes_view> view_of(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    return as_bytes(*text);
}

void add_event(batch_builder& to, const drawn_event& drawn) {
    record event;
    event.timestamp = drawn.timestamp;
    event.key = view_of(drawn.key);
    event.value = view_of(drawn.value);
    for (const auto& [name, value] : drawn.headers)
        event.headers.push_back({name, view_of(value)});
    to.add(event).value();
}

/// What a writer that died had given, as far as the log has it, is written too.
void settle_pending(world& in, std::uint32_t partition, const position& end, bool reopened) {
    written_partition& at = in.truth[partition];
    std::size_t events = 0;
    for (const auto& each : at.pending) {
        if (at.end == end) break;
        at.acknowledged += each.bytes;
        at.end = each.next;
        at.events += each.events;
        events += static_cast<std::size_t>(each.events);
    }
    for (std::size_t n = 0; n < events; ++n)
        at.values.push_back(at.pending_values[n]);
    at.pending.clear();
    at.pending_values.erase(
        at.pending_values.begin(),
        reopened ? at.pending_values.end()
                 : at.pending_values.begin() + static_cast<std::ptrdiff_t>(events)
    );
    if (at.end == end) return;
    in.violated(
        "the log ends at " + to_string(end) + ", acknowledged was " + to_string(at.end) +
        ": events were lost, or came from nowhere"
    );
}

task<result<void>>
append_some(world& in, writer& to, std::uint32_t partition, const append_plan& plan) {
    written_partition& at = in.truth[partition];
    batch_builder builder(to.tail(partition).end, plan.batch_bytes);
    for (unsigned n = 0; n < plan.events; ++n) {
        drawn_event drawn = draw_event(in, plan.largest);
        if (plan.fragments && n + 1 == plan.events)
            drawn.value = some_bytes(in, (1 << 20) + in.draw(1 << 21));
        add_event(builder, drawn);
        at.pending_values.push_back(drawn.value);
    }
    const auto built = builder.take(true);
    for (std::size_t from = 0; from < built.size();) {
        const std::size_t together = std::min<std::size_t>(1 + in.draw(5), built.size() - from);
        std::vector<append_step> steps;
        for (std::size_t n = from; n < from + together; ++n) {
            written_partition::batch given;
            given.bytes = as_text(built[n].batch.body);
            given.next = built[n].batch.next;
            given.events = built[n].batch.events;
            at.pending.push_back(std::move(given));
            append_step step;
            step.batch = built[n].batch;
            steps.push_back(std::move(step));
        }
        auto appended = co_await to.append(partition, steps);
        if (!appended) co_return appended;
        settle_pending(in, partition, built[from + together - 1].batch.next, false);
        from += together;
    }
    co_return result<void>();
}

task<result<void>> append_all(world& in, std::shared_ptr<process> as, append_plan plan) {
    log_store streams(in.log_folder(), as->who->executor(), as->who->executor(), *as->files);
    log_writer_options options;
    options.segment_bytes = plan.segment_bytes;
    auto opened = co_await streams.open_writer(plan.stream, options);
    if (!opened && opened.error().code == stream_errc::no_such_stream) {
        log_create_options create;
        create.partitions = plan.partitions;
        create.codec = plan.codec;
        auto created = co_await streams.create(plan.stream, create);
        if (!created) co_return created.error();
        opened = co_await streams.open_writer(plan.stream, options);
    }
    if (!opened) co_return opened.error();
    writer& to = **opened;
    result<void> appended;
    for (std::uint32_t n = 0; n < plan.partitions; ++n)
        settle_pending(in, n, to.tail(n).end, true);
    for (std::uint32_t n = 0; n < plan.partitions && appended; ++n) {
        auto some = co_await append_some(in, to, n, plan);
        appended = some;
    }
    auto closed = co_await to.close();
    if (!appended) co_return appended;
    co_return closed;
}

task<void> run_append(world& in, std::shared_ptr<process> as, append_plan plan) {
    auto appended = co_await append_all(in, as, std::move(plan));
    if (!appended) as->outcome = appended.error();
}

} // namespace

std::shared_ptr<process> new_process(world& in, const std::string& name, std::string machine) {
    auto fresh = std::make_shared<process>();
    fresh->who = std::make_shared<life>(in.context, name);
    fresh->machine = std::move(machine);
    fresh->log = std::make_unique<life_log>(in, name);
    fresh->files = std::make_unique<log_files>(fresh->who, in.machines["m0"]);
    fresh->who->halt = [&in, weak = std::weak_ptr<process>(fresh)] {
        const auto self = weak.lock();
        if (!self) return;
        in.say(self->who->name + " dies at step " + std::to_string(self->who->steps()));
        if (self->running) self->running->halt();
    };
    return fresh;
}

void begin_export(world& in, const std::shared_ptr<process>& as, export_spec spec) {
    begin(in, as, run_transfer(in, as, std::move(spec)));
}

void begin_import(world& in, const std::shared_ptr<process>& as, import_spec spec) {
    begin(in, as, run_transfer(in, as, std::move(spec)));
}

void begin_append(world& in, const std::shared_ptr<process>& as, append_plan plan) {
    in.truth.resize(plan.partitions);
    for (std::uint32_t n = 0; n < plan.partitions; ++n)
        in.truth[n].end.partition = n;
    begin(in, as, run_append(in, as, std::move(plan)));
}

task<void> until_over(world&, std::shared_ptr<process> what) {
    co_await what->who->over.wait();
}

task<result<std::string>>
read_partition(world& in, std::string stream, std::uint32_t partition, position& end) {
    const auto as = new_process(in, "reader", "m0");
    const any_io_executor on = in.context.get_executor();
    log_store streams(in.log_folder(), on, on, *as->files);
    auto opened = co_await streams.open_reader(stream);
    if (!opened) co_return opened.error();
    auto bounds = co_await (*opened)->bounds(partition);
    if (!bounds) co_return bounds.error();
    std::string all;
    position at = bounds->first;
    while (at < bounds->end) {
        auto outline = co_await (*opened)->outline(at, bounds->end);
        if (!outline) co_return outline.error();
        if (outline->next == at) break;
        const std::size_t before = all.size();
        all.resize(before + outline->body_bytes);
        const bytes_span into(
            reinterpret_cast<std::byte*>(all.data()) + before, outline->body_bytes
        );
        auto read = co_await (*opened)->read(*outline, into);
        if (!read) co_return read.error();
        at = outline->next;
    }
    end = bounds->end;
    co_return all;
}

} // namespace sluice::simulation
