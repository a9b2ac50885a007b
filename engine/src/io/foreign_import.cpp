// engine: objects that nobody committed, one after the other into the stream.
#include "foreign_import.hpp"

#include "object_reading.hpp"
#include "range_ahead.hpp"

#include <sluice/base/task_group.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace sluice {

namespace {

/// One run through a list, while its coroutines run.
struct objects_under_way {
    foreign_import& with;
    const std::vector<foreign_object>& objects;
    range_ahead ranges;
    result<void> end;
    bool outdated = false; ///< the list is: the rest of it is left to the next one

    objects_under_way(foreign_import& in, const std::vector<foreign_object>& all)
        : with(in), objects(all), ranges(in.run, in.from, in.gate, in.scheduled, all) {}
};

/// What happened at the stream is told of its side.
result<void> at_stream(foreign_import& at, result<void> outcome) {
    if (!outcome) at.failing = side::destination;
    return outcome;
}

/// Where another object stands at the key by now, that is no news for a later look back.
task<result<void>> leave_out_unread(foreign_import& at, const failure& why) {
    result<foreign_object> now = foreign_object();
    const std::string key = at.to.reached().object.key;
    if (why.code == engine_errc::damaged_object) now = co_await look_again(at.run, at.from, key);
    if (!now) co_return now.error();
    auto left = co_await leave_out(at, why.where, *now);
    co_return left;
}

task<result<void>> import_object(objects_under_way& at, std::size_t number) {
    using fault = reading_failure::fault;
    foreign_import& with = at.with;
    const foreign_object& what = at.objects[number];
    with.to.come_to(what);
    auto failed = co_await read_object(with, at.ranges, what, number);
    if (!failed) co_return result<void>();
    if (failed->of == fault::stream) co_return at_stream(with, failed->why);
    if (failed->unread && with.follows && with.to.go_back()) {
        with.run.log.write(log_level::warning, failed->why.where + "; listing again");
        at.outdated = true;
        co_return result<void>();
    }
    with.own.reader.reset();
    if (failed->of == fault::object && with.run.rules.skip_bad) {
        at.ranges.pass_over(number);
        auto left = co_await leave_out_unread(with, failed->why);
        co_return left;
    }
    // What was decoded before the failure is good, and the place that is told lies behind it.
    with.to.gather(false);
    auto kept = co_await with.to.append();
    if (!kept) co_return at_stream(with, kept);
    co_return failed->why;
}

failure cut_off(const foreign_import& at) {
    const own_run& run = at.own;
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = address_of(at.from, run.object.key) + ", byte " + std::to_string(run.object.size) +
                ": ends inside an event, and no object follows that goes on with it";
    if (at.options.sort == listing_sort::modified)
        why.where += "; the parts of a partition follow each other with --sort key";
    return why;
}

/// Whether what is open goes on in the object; nobody's (or none) goes on with anything.
bool goes_on_in(const own_run& run, const foreign_object* next) {
    const auto place = next ? own_place_of(next->key) : std::nullopt;
    return place && run.last && same_partition(*run.last, *place) &&
           run.last->first < place->first && run.reader->goes_on_at(place->first);
}

/// What is open at the end of the object before is whole where nothing more can belong to it, or
/// cut off for good.
task<result<void>> settle_open_event(foreign_import& at, const foreign_object* next) {
    if (!at.own.reader || goes_on_in(at.own, next)) co_return result<void>();
    const auto reader = std::move(at.own.reader);
    at.own.reader.reset();
    if (at.own.encoding.format == foreign_format::raw) {
        auto ended = reader->finish();
        if (ended) at.to.gather_all();
        co_return ended;
    }
    const failure why = cut_off(at);
    if (at.run.rules.skip_bad) {
        const foreign_object nothing_new;
        auto left = co_await leave_out(at, why.where, nothing_new);
        co_return left;
    }
    at.to.gather(false);
    auto kept = co_await at.to.append();
    if (!kept) co_return at_stream(at, kept);
    co_return why;
}

task<result<void>> import_each(objects_under_way& at) {
    for (std::size_t n = 0; n < at.objects.size(); ++n) {
        auto settled = co_await settle_open_event(at.with, &at.objects[n]);
        if (!settled) co_return settled;
        auto imported = co_await import_object(at, n);
        if (!imported) co_return imported;
        if (at.outdated) break;
        at.with.behind.knows(at.objects[n]);
    }
    // Of one that follows, what it goes on with may yet come; a rest of bytes is an event by
    // itself.
    const bool waits =
        at.with.follows && at.with.own.reader && at.with.own.encoding.format != foreign_format::raw;
    if (!waits && !at.outdated) {
        auto settled = co_await settle_open_event(at.with, nullptr);
        if (!settled) co_return settled;
    }
    auto appended = co_await at.with.to.append();
    co_return at_stream(at.with, appended);
}

/// Nothing is awaited behind the cancellation, which is its own, too.
task<void> import_to_end(objects_under_way& at, task_group& group) {
    at.end = co_await import_each(at);
    if (!at.end || at.outdated) group.cancel(); // what is under way is fetched again another time
}

task<void> start_both(objects_under_way& at, task_group& group) {
    at.ranges.start(group);
    group.spawn([&at, &group] { return import_to_end(at, group); });
    co_return;
}

} // namespace

task<result<void>> import_objects(foreign_import& at, const std::vector<foreign_object>& objects) {
    at.failing = side::source;
    if (objects.empty()) co_return result<void>();
    if (!at.own.last) {
        at.own.object = at.to.reached().object;
        at.own.last = own_place_of(at.own.object.key);
    }
    objects_under_way all(at, objects);
    const std::function<task<void>(task_group&)> body = [&all](task_group& group) {
        return start_both(all, group);
    };
    co_await with_task_group(at.run.on, body);
    co_return all.end;
}

task<result<void>> leave_out(foreign_import& at, std::string why, const foreign_object& now) {
    at.run.log.write(log_level::warning, "left out: " + why);
    if (!now.key.empty()) {
        at.to.reached().newest = std::max(at.to.reached().newest, now.modified);
        at.behind.knows(now);
    }
    auto left = co_await at.to.leave_out();
    if (!left) co_return at_stream(at, left);
    at.from.seen.left_out.push_back(std::move(why));
    co_return left;
}

} // namespace sluice
