// simulation: what happens in one run, drawn from its seed.
#include "scenario.hpp"

#include "checks.hpp"
#include "coverage.hpp"
#include "process.hpp"
#include "virtual_time.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/stream/encoding.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>

namespace sluice::simulation {

namespace {

using std::chrono::milliseconds;

/// What stays the same from run to run of the simulated program.
struct story {
    world& in;
    run_report& report;
    export_spec wanted;
    append_plan appends;
    weather usual;
    unsigned lives = 4;
    bool brief = false; ///< most runs: little data, one or two lives
    std::shared_ptr<process> zombie = {};
    unsigned processes = 0;
    bool several = false;     ///< more than one machine, or journal, has exported
    machine_disk backup = {}; ///< of the stream, when it was young
    std::vector<written_partition> backed_up = {};

    std::string name_of(const char* kind) { return kind + std::to_string(++processes); }
};

weather draw_weather(world& in) {
    weather now;
    const unsigned level = in.one_of({0U, 0U, 5U, 30U, 100U});
    const auto some = [&in, level] { return in.chance(60) ? level : 0; };
    now.refused = some();
    now.lost = some();
    now.late = some();
    now.conflict = some() / 2;
    now.forgotten = some() / 2;
    now.slowest = milliseconds(in.one_of({1, 20, 20, 300}));
    return now;
}

/// What a partition has at most, in bytes of its values and in events.
std::pair<std::uint64_t, std::uint64_t> largest_partition(const world& in) {
    std::uint64_t bytes = 0, events = 0;
    for (const written_partition& each : in.truth) {
        std::uint64_t all = 0;
        for (const auto& value : each.values)
            all += value ? value->size() : 0;
        bytes = std::max(bytes, all);
        events = std::max<std::uint64_t>(events, each.values.size());
    }
    return {bytes, events};
}

/// Sizes such that an export has some dozens of objects at most: more shows nothing new.
void draw_settings(world& in, export_spec& spec) {
    constexpr std::uint64_t most_objects = 40;
    const auto [bytes, events] = largest_partition(in);
    spec.object_bytes = in.one_of<std::uint64_t>({300, 2'000, 20'000, 300'000, 4'000'000});
    spec.object_bytes = std::max(spec.object_bytes, bytes / most_objects);
    spec.part_size = std::max<std::uint64_t>(
        in.one_of<std::uint64_t>({100, 1'000, 5'000, 64'000, 500'000}), spec.object_bytes / 20
    );
    spec.object_events = in.chance(30) ? 1 + in.draw(30) + events / most_objects : 0;
    spec.object_age = milliseconds(in.chance(20) ? 1 + in.draw(1000) : 0);
    spec.rules.concurrency = in.one_of({0U, 1U, 2U, 5U});
    spec.rules.memory = in.one_of<std::uint64_t>({32 << 20, 256 << 20});
    spec.rules.drain = milliseconds(in.one_of({0, 50, 2000}));
    spec.rules.retry_for = milliseconds(in.one_of({2'000, 60'000, 900'000}));
    spec.rules.pausing =
        in.one_of({on_pause::automatic, on_pause::keep, on_pause::seal, on_pause::abort});
    spec.rules.max_events = in.chance(10) ? 1 + in.draw(20) : 0;
}

story draw_story(world& in, run_report& report) {
    story drawn{in, report, {}, {}, {}};
    drawn.appends.stream = "orders";
    drawn.appends.partitions = in.chance(30) ? 2 : 1;
    drawn.appends.codec = in.chance(60) ? "zstd" : "none";
    drawn.brief = in.chance(85);
    drawn.appends.largest = drawn.brief ? in.one_of<std::size_t>({30, 300})
                                        : in.one_of<std::size_t>({300, 3000, 60'000});
    drawn.wanted.from = "log:orders";
    drawn.wanted.to = {"s3://one/pre"};
    if (in.chance(25)) drawn.wanted.to.push_back("s3://two");
    drawn.wanted.format =
        in.one_of<const char*>({"avro", "avro", "avro", "ndjson", "raw", "delimited", "lines"});
    if (drawn.wanted.format == "avro")
        drawn.wanted.codec =
            in.one_of<const char*>({"source", "source", "none", "zstd", "deflate"});
    else
        drawn.wanted.codec = in.one_of<const char*>({"none", "zstd", "gzip"});
    drawn.usual = draw_weather(in);
    in.say(
        drawn.wanted.format + " " + drawn.wanted.codec + " of " + drawn.appends.codec + ", " +
        std::to_string(drawn.appends.partitions) + " partitions"
    );
    drawn.lives = 1 + static_cast<unsigned>(in.draw(drawn.brief ? 2 : 5));
    in.s3.tells_checksums = in.chance(70);
    in.s3.listing_lag = milliseconds(in.chance(20) ? 60'000 : 0);
    for (const char* each : {"one", "two"})
        in.s3.buckets[each];
    return drawn;
}

void draw_appends(story& of) {
    world& in = of.in;
    const auto events =
        of.brief ? in.one_of<std::uint64_t>({1, 5, 20}) : in.one_of<std::uint64_t>({5, 20, 60});
    of.appends.events = static_cast<unsigned>(events + in.draw(10));
    if (of.appends.largest > 10'000) of.appends.events = std::min(of.appends.events, 20U);
    of.appends.batch_bytes = in.one_of<std::size_t>({1, 500, 5'000, 200'000});
    of.appends.segment_bytes = in.one_of<std::uint64_t>({4'096, 1 << 20});
    of.appends.fragments = !of.brief && in.chance(5);
}

/// What was written and not synced is there or not.
void power_fails(world& in, const std::string& machine) {
    in.say("the power of " + machine + " fails");
    meet("the power fails");
    in.machines[machine].fail_power(in.draws);
}

task<void> reopen_log(story& of);

/// Appends; now and then the process dies at it, or the machine's power fails.
task<void> append_more(story& of, bool quiet) {
    world& in = of.in;
    draw_appends(of);
    const auto as = new_process(in, of.name_of("append"), "m0");
    if (!quiet && in.chance(25) && !of.appends.fragments) {
        as->who->dies_at = 1 + in.draw(120);
        as->who->power_fails = in.chance(50) && !of.zombie;
    }
    begin_append(in, as, of.appends);
    co_await until_over(in, as);
    if (as->died() && as->who->power_fails) {
        power_fails(in, "m0");
    }
    if (!as->died() && as->outcome)
        in.violated(as->who->name + " failed: " + describe(*as->outcome));
    if (as->died()) co_await reopen_log(of);
}

/// A writer finds out what is written; readers see all of it from then on.
task<void> reopen_log(story& of) {
    world& in = of.in;
    of.appends.events = 0;
    of.appends.fragments = false;
    while (in.chance(40)) { // the crash comes while the one before is mended
        const auto mends = new_process(in, of.name_of("append"), "m0");
        mends->who->dies_at = 1 + in.draw(40);
        begin_append(in, mends, of.appends);
        co_await until_over(in, mends);
        if (!mends->died()) continue;
        meet("dead while the log is recovered");
        if (!of.zombie && in.chance(60)) power_fails(in, "m0");
    }
    const auto again = new_process(in, of.name_of("append"), "m0");
    begin_append(in, again, of.appends);
    co_await until_over(in, again);
    if (again->outcome) in.violated("append after a crash: " + describe(*again->outcome));
}

bool may_end_so(const story& of, const process& what) {
    if (!what.outcome || what.died()) return true;
    const error_code& code = what.outcome->code;
    if (code == engine_errc::fenced) return of.several;
    return code == engine_errc::paused || code == engine_errc::stopped ||
           code == engine_errc::cancelled || code == engine_errc::gave_up ||
           code == engine_errc::limit_reached;
}

void look_at_end(story& of, const process& what) {
    if (!may_end_so(of, what))
        of.in.violated(what.who->name + " ended with " + describe(*what.outcome));
}

/// Somebody says after a while what is to become of the transfer.
void draw_wish(world& in, const std::shared_ptr<process>& of) {
    const auto when = milliseconds(in.draw(in.one_of<std::uint64_t>({50, 500, 3000})));
    const auto what = in.draw(5);
    const auto timer = std::make_shared<boost::asio::steady_timer>(in.context, when);
    timer->async_wait([timer, what, &in, weak = std::weak_ptr<process>(of)](error_code) {
        const auto self = weak.lock();
        if (!self || !self->running) return;
        constexpr const char* words[] = {"pause", "pause", "stop", "cancel", "halt"};
        in.say(self->who->name + " is told to " + words[what]);
        meet(std::string("wish: ") + words[what] + " while " + self->running->snapshot().state);
        transfer& runs = *self->running;
        if (what < 2) runs.pause();
        if (what == 2) runs.stop();
        if (what == 3) runs.cancel();
        if (what == 4) runs.halt();
    });
}

/// The same of one destination, or of one partition towards it: again and again.
void draw_orders(story& of, const std::shared_ptr<process>& as) {
    world& in = of.in;
    auto when = milliseconds(in.draw(300));
    for (auto n = 1 + in.draw(4); n > 0; --n, when += milliseconds(in.draw(1000))) {
        const std::string to = of.wanted.to[in.draw(of.wanted.to.size())];
        std::optional<std::uint32_t> partition;
        if (in.chance(30)) partition = static_cast<std::uint32_t>(in.draw(of.appends.partitions));
        const auto what = in.draw(5);
        const auto timer = std::make_shared<boost::asio::steady_timer>(in.context, when);
        timer->async_wait(
            [timer, to, partition, what, &in, weak = std::weak_ptr<process>(as)](error_code) {
                const auto self = weak.lock();
                if (!self || !self->running) return;
                constexpr const char* words[] = {"pause", "resume", "resume", "stop", "cancel"};
                const std::string of_what = partition ? " a lane" : " a destination";
                in.say(self->who->name + " is told to " + words[what] + of_what + " of " + to);
                meet(std::string("wish: ") + words[what] + of_what);
                transfer& runs = *self->running;
                if (what == 0) runs.pause(to, partition);
                if (what == 1 || what == 2) runs.resume(to, partition);
                if (what == 3) runs.stop(to, partition);
                if (what == 4) runs.cancel(to, partition);
            }
        );
    }
}

/// On which machine, and what has become of its journal.
std::string draw_machine(story& of) {
    world& in = of.in;
    const std::string machine =
        of.zombie ? (of.zombie->machine == "m0" ? "m1" : "m0") : (in.chance(15) ? "m1" : "m0");
    if (machine != "m0") of.several = true;
    if (!of.zombie && in.chance(12)) {
        in.say("the state file of " + machine + " is lost");
        in.forget_state(machine);
        of.several = true;
    }
    return machine;
}

task<void> wake_zombie(story& of) {
    world& in = of.in;
    const auto who = std::exchange(of.zombie, nullptr);
    in.say(who->who->name + " wakes up");
    who->who->thaw();
    while (!who->ended && in.violations.empty())
        co_await in.wait(milliseconds(100));
    look_at_end(of, *who);
}

/// One process exports, until it has ended in one of the ways there are.
task<void> one_life(story& of) {
    world& in = of.in;
    export_spec spec = of.wanted;
    draw_settings(in, spec);
    const std::string machine = draw_machine(of);
    const auto as = new_process(in, of.name_of("export"), machine);
    in.s3.now = in.chance(70) ? of.usual : weather();
    const auto span = in.one_of<std::uint64_t>({50, 300, 1000, 3000, 8000});
    const auto fate = in.draw(10);
    if (fate < 5) as->who->dies_at = 1 + in.draw(span);
    if (fate == 5 && !of.zombie) as->who->freezes_at = 1 + in.draw(span);
    if (fate > 6) draw_wish(in, as);
    if (in.chance(15)) draw_orders(of, as);
    as->resumes_all = in.chance(50);
    in.say(
        as->who->name + " begins on " + machine + ": objects " + std::to_string(spec.object_bytes) +
        " parts " + std::to_string(spec.part_size) + " age " +
        std::to_string(spec.object_age.count()) + " pausing " +
        std::to_string(static_cast<int>(spec.rules.pausing))
    );
    begin_export(in, as, spec);
    co_await until_over(in, as);
    if (!as->ended) {
        in.say(as->who->name + " is frozen");
        of.zombie = as;
        of.several = true;
        ++of.report.zombies;
        co_return;
    }
    look_at_end(of, *as);
    if (as->died() && !of.zombie && in.chance(40)) {
        power_fails(in, machine);
        if (machine == "m0") co_await reopen_log(of);
    }
    if (of.zombie && in.chance(60)) co_await wake_zombie(of);
}

/// Without any disturbance the export comes to its end.
task<void> last_life(story& of) {
    world& in = of.in;
    if (of.zombie) co_await wake_zombie(of);
    in.s3.now = weather();
    co_await in.wait(std::chrono::minutes(3)); // whatever is late has come by then
    export_spec spec = of.wanted;
    draw_settings(in, spec);
    spec.rules.max_events = 0;
    const auto as = new_process(in, of.name_of("last-export"), draw_machine(of));
    as->resumes_all = true;
    begin_export(in, as, spec);
    co_await until_over(in, as);
    if (as->outcome) in.violated("the last export ended with " + describe(*as->outcome));
}

task<void> import_back(story& of) {
    world& in = of.in;
    import_spec spec;
    spec.from = "s3://one/pre/orders";
    spec.to = "log:copy";
    const unsigned lives = static_cast<unsigned>(in.draw(of.brief ? 2 : 3));
    for (unsigned n = 0; n <= lives; ++n) {
        const bool last = n == lives;
        in.s3.now = last ? weather() : of.usual;
        spec.rules.concurrency = in.one_of({0U, 1U, 3U});
        const auto as = new_process(in, of.name_of("import"), "m0");
        if (!last) as->who->dies_at = 1 + in.draw(in.one_of<std::uint64_t>({50, 300, 1000}));
        if (!last && in.chance(20)) in.forget_state("m0");
        begin_import(in, as, spec);
        co_await until_over(in, as);
        if (!may_end_so(of, *as) || (last && as->outcome))
            in.violated(as->who->name + " ended with " + describe(*as->outcome));
        if (as->died() && in.chance(40)) power_fails(in, "m0");
    }
}

void restore_log(world& in, const machine_disk& from) {
    auto& files = in.machines["m0"].files;
    const auto of_log = [&in](const auto& each) { return each.first.starts_with(in.log_folder()); };
    std::erase_if(files, of_log);
    const machine_disk copied = from.copy();
    for (const auto& each : copied.files)
        if (of_log(each)) files.insert(each);
    in.machines["m0"].durable = files;
}

/// Commits that may not become more.
struct refused_partition {
    const watched_partition& at;
    std::size_t commits;
};

/// The stream was created anew, or restored from a backup and went on differently: where something
/// of the first history was exported, nothing is added to it.
task<void> tell_another_history(story& of) {
    world& in = of.in;
    const bool anew = in.chance(50);
    if (of.zombie) co_await wake_zombie(of);
    in.s3.now = weather();
    co_await in.wait(std::chrono::minutes(3));
    restore_log(in, anew ? machine_disk() : of.backup);
    in.truth = anew ? std::vector<written_partition>() : of.backed_up;
    co_await append_more(of, true);
    std::vector<refused_partition> refused;
    bool other = false;
    for (const auto& [name, each] : in.s3.buckets) {
        for (const auto& [key, object] : each.objects)
            other = other || (anew && key.ends_with("_sluice/stream.json"));
        for (const auto& [prefix, at] : each.partitions) {
            const position end = at.commits.back().next;
            if (!anew && end <= of.backed_up[end.partition].end) continue;
            refused.push_back({at, at.commits.size()});
            other = true;
        }
    }
    export_spec spec = of.wanted;
    draw_settings(in, spec);
    spec.rules.max_events = 0;
    const auto as = new_process(in, of.name_of("other-history"), "m0");
    as->resumes_all = true;
    begin_export(in, as, spec);
    co_await until_over(in, as);
    for (const refused_partition& each : refused)
        if (each.at.commits.size() != each.commits)
            in.violated("an export went on with another history");
    const auto wanted = anew ? engine_errc::other_incarnation : engine_errc::diverged;
    if (other && (!as->outcome || as->outcome->code != wanted))
        in.violated(
            "another history was not refused: " + (as->outcome ? describe(*as->outcome) : "")
        );
    if (!other && as->outcome) in.violated("was refused: " + describe(*as->outcome));
}

/// Two exporters could overwrite each other there: nothing may begin.
task<void> tell_of_no_conditions(story& of) {
    world& in = of.in;
    in.s3.honours_conditions = false;
    in.s3.now = weather();
    const auto as = new_process(in, of.name_of("export"), "m0");
    begin_export(in, as, of.wanted);
    co_await until_over(in, as);
    if (!as->outcome || as->outcome->code != engine_errc::guarantee_not_given)
        in.violated("a store without conditions was trusted");
    for (const auto& [name, each] : in.s3.buckets)
        if (!each.partitions.empty()) in.violated("something was committed without conditions");
}

/// One destination answers nothing: the other one gets all there is.
task<void> one_is_down(story& of) {
    world& in = of.in;
    in.s3.now = weather();
    in.s3.down["two"] = true;
    export_spec spec = of.wanted;
    draw_settings(in, spec);
    spec.rules.max_events = 0;
    const auto as = new_process(
        in, of.name_of("export"), of.zombie && of.zombie->machine == "m0" ? "m1" : "m0"
    );
    as->resumes_all = true;
    of.several = of.several || of.zombie;
    begin_export(in, as, spec);
    co_await until_over(in, as);
    in.s3.down["two"] = false;
    look_at_end(of, *as);
    if (!as->outcome) in.violated("an export ended well without one of its destinations");
    export_spec first = of.wanted;
    first.to.pop_back();
    check_reached(in, first);
}

task<void> tell_story(story& of) {
    world& in = of.in;
    co_await append_more(of, true);
    if (in.chance(4)) {
        co_await tell_of_no_conditions(of);
        co_return;
    }
    of.backup = in.machines["m0"].copy();
    of.backed_up = in.truth;
    for (unsigned n = 0; n < of.lives && in.violations.empty(); ++n) {
        if (of.wanted.to.size() > 1 && in.chance(15))
            co_await one_is_down(of);
        else
            co_await one_life(of);
        if (in.chance(50)) co_await append_more(of, of.zombie != nullptr);
        if (in.chance(30)) co_await in.wait(milliseconds(in.draw(90'000)));
    }
    if (!in.violations.empty()) co_return;
    if (in.chance(8)) {
        co_await tell_another_history(of);
        co_return;
    }
    co_await last_life(of);
    check_buckets(in, of.wanted);
    if (values_only(*parse_format(of.wanted.format))) check_values(in, of.wanted);
    co_await import_back(of);
    co_await check_copy(in, of.wanted, of.appends.partitions);
}

} // namespace

run_report run_scenario(std::uint64_t seed, const std::string& root, bool talks) {
    begin_virtual_time(seed);
    run_report report;
    auto owned = std::make_unique<world>(seed, root, talks);
    world& in = *owned;
    auto drawn = std::make_unique<story>(draw_story(in, report));
    bool told = false;
    const auto ended = [&in, &told](std::exception_ptr thrown) {
        told = true;
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& why) {
            in.violated(std::string("the simulation threw ") + why.what());
        }
    };
    boost::asio::co_spawn(in.context, tell_story(*drawn), ended);
    try {
        in.context.run();
    } catch (const hangs&) {
        in.violated("hangs: nothing happens any more");
    }
    for (const std::string& each : in.s3.violations())
        in.violated(each);
    report.violations = in.violations;
    report.deaths = in.deaths;
    report.requests = in.s3.requests;
    for (const auto& [name, bucket] : in.s3.buckets) {
        for (const auto& [prefix, partition] : bucket.partitions)
            report.commits += partition.commits.size();
        for (const auto& [key, object] : bucket.objects)
            report.trace = crc64nvme(as_bytes(key + "\n" + object.bytes), report.trace);
    }
    for (const auto& each : in.truth)
        report.events += static_cast<std::uint64_t>(each.events);
    report.trace ^= system_random()();
    // What did not come to its end cannot be taken apart.
    if (!report.violations.empty()) static_cast<void>((drawn.release(), owned.release()));
    return report;
}

} // namespace sluice::simulation
