// engine: what an import would do, without doing it.
#include "../core/import_window.hpp"
#include "../core/partition_choice.hpp"
#include "chosen_import.hpp"
#include "committed_place.hpp"
#include "fetch_items.hpp"
#include "import_lane.hpp"
#include "plan_listing.hpp"
#include "plan_parts.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace sluice {

namespace {

struct import_planning {
    s3::object_store& store;
    const export_folder& where;
    const import_spec& spec;
    std::string stream;
    object_format format = object_format::avro;
    partition_choice choice;
    std::vector<std::optional<import_progress>> filled; ///< by target, where it has begun
    planned_target plan;
};

/// Pieces of one object follow each other; `object` is the one that is being counted.
void count_item(import_planning& of, const fetch_item& each, std::string& object) {
    if (each.gap) {
        of.plan.gaps.push_back(
            "events " + to_string(each.first) + " up to " + to_string(each.next) + ": " + each.why
        );
        return;
    }
    if (each.key != object) ++of.plan.objects;
    object = each.key;
    ++of.plan.parts;
    ++of.plan.requests.gets;
    of.plan.bytes += each.size;
}

/// What the import would take. The end is that of the commits where none was asked for.
struct planned_window {
    import_progress stands;
    std::optional<position> until;
};

task<result<planned_window>>
plan_window(import_planning& of, const partition_survey& commits, partition_pair which) {
    planned_window window;
    window.stands = fresh_import_progress(of.where, which.source);
    if (which.target < of.filled.size() && of.filled[which.target])
        window.stands = *of.filled[which.target];
    import_start_facts facts;
    facts.where = "stream " + of.stream + ", partition " + std::to_string(which.target);
    facts.oldest = commits.first();
    facts.newest = commits.end();
    facts.stands = window.stands;
    facts.asked = of.spec.start.of(which.source);
    const bool known = window.stands.start && window.stands.start->word == to_string(facts.asked);
    if (!known) {
        auto found = co_await find_committed_place(of.store, of.where, commits, facts.asked);
        if (!found) co_return found.error();
        facts.found = *found;
    }
    auto start = decide_import_start(facts);
    if (!start) co_return start.error();
    if (*start) window.stands.at = (**start).at;
    place end = of.spec.end.of(which.source);
    if (end.what == place::kind::latest) end.what = place::kind::saved;
    auto until = co_await find_committed_place(of.store, of.where, commits, end);
    if (!until) co_return until.error();
    window.until = *until;
    for (const place& each : {facts.asked, end})
        if (each.what == place::kind::time) of.plan.requests.gets += 2; // HEAD, and a piece
    co_return window;
}

/// Events of an object of which a part is asked for are estimated.
void count_events(
    import_planning& of, const committed_object& object, position first, position next
) {
    const position from = std::max(object.first, first), to = std::min(object.next, next);
    if (from >= to) return;
    const bool whole = from == object.first && to == object.next;
    const auto span = static_cast<std::uint64_t>(object.next.sequence - object.first.sequence);
    const auto part = static_cast<std::uint64_t>(to.sequence - from.sequence);
    of.plan.estimated = of.plan.estimated || !whole;
    of.plan.events += whole || span == 0 ? object.events : object.events * part / span;
}

task<result<void>>
count_items(import_planning& of, const partition_survey& commits, const planned_window& window) {
    const deadline by = deadline::never();
    fetch_window within = window_of_import(window.stands, window.until);
    const bool over = within.until && *within.until <= within.from;
    if (!over && may_begin_inside_an_event(window.stands, of.format)) {
        auto entry = co_await find_value_entry(of.store, of.where, commits, within.from, by);
        if (!entry) co_return entry.error();
        within.from = *entry;
    }
    fetch_items items(of.store, of.where, commits, within);
    const transfer_rules& rules = of.spec.rules;
    const unsigned at_once = rules.concurrency == 0 ? ranges_at_first : rules.concurrency;
    std::string object;
    while (true) {
        auto item = co_await items.next(by, bytes_together(rules.memory, at_once));
        if (!item) co_return item.error();
        if (!*item) co_return result<void>();
        count_item(of, **item, object);
    }
}

task<result<void>> count_all_events(
    import_planning& of, const partition_survey& commits, position first, position next
) {
    committed_ranges ranges(of.store, of.where, commits, first);
    while (true) {
        auto range = co_await ranges.next(deadline::never());
        if (!range) co_return range.error();
        const bool over = !*range || (**range).first >= next;
        if (over) co_return result<void>();
        if ((**range).object) count_events(of, *(**range).object, first, next);
    }
}

task<result<void>> plan_partition(import_planning& of, partition_pair which) {
    auto commits = co_await survey_exported(of.store, of.where, which.source, deadline::never());
    if (!commits) co_return commits.error();
    of.plan.requests.gets += commits->commits() + 1;
    if (commits->empty()) co_return result<void>();
    auto window = co_await plan_window(of, *commits, which);
    if (!window) co_return window.error();
    const position first = std::max(window->stands.at, commits->first());
    const position next = std::min(window->until.value_or(commits->end()), commits->end());
    of.plan.ranges.push_back({first, std::max(first, next)});
    auto counted = co_await count_items(of, *commits, *window);
    if (!counted) co_return counted;
    counted = co_await count_all_events(of, *commits, first, next);
    co_return counted;
}

/// Errors: why the import would not begin.
task<result<void>> plan_all(import_planning& of) {
    auto known = known_encoding(of.where.document.format, of.where.document.codec);
    if (!known) co_return known.error();
    of.format = known->format;
    auto chosen =
        choose_partitions(of.spec.partitions, of.spec.shard, of.where.document.partitions);
    if (!chosen) co_return chosen.error();
    of.choice = std::move(*chosen);
    auto named = check_places("--start", of.spec.start, of.choice);
    if (named) named = check_places("--end", of.spec.end, of.choice);
    if (named && !of.plan.is_new) named = fits_stream(of.choice, of.stream, of.filled);
    if (!named) co_return named;
    for (const partition_pair& each : of.choice.pairs) {
        auto planned = co_await plan_partition(of, each);
        if (!planned) co_return planned.error();
    }
    co_return result<void>();
}

/// How far the stream is filled; nothing where it does not exist. Errors: what its store says.
task<result<void>> look_at_stream(import_planning& of, log_store& streams) {
    auto told = co_await streams.progress(of.stream);
    of.plan.is_new = !told && told.error().code == stream_errc::no_such_stream;
    if (of.plan.is_new) co_return result<void>();
    if (!told) co_return told.error();
    for (const std::string& each : *told) {
        const import_progress fresh = fresh_import_progress(of.where, 0);
        auto known = continue_import_progress(fresh, each, of.stream);
        if (!known) co_return known.error();
        of.filled.emplace_back();
        if (!each.empty()) of.filled.back() = std::move(*known);
    }
    co_return result<void>();
}

} // namespace

task<transfer_plan> plan_import(planning_place at, import_spec spec) {
    if (spec.listing) {
        auto by_listing = plan_by_listing(std::move(at), std::move(spec));
        auto planned = co_await std::move(by_listing);
        co_return planned;
    }
    auto from = parse_bucket_address(spec.from);
    if (!from) co_return plan_failure(from.error(), side::source);
    auto to = parse_stream_address(spec.to);
    if (!to) co_return plan_failure(to.error(), side::destination);
    auto store = open_store(at.on, *from, spec.s3, at.options);
    if (!store) co_return plan_failure(store.error(), side::source);
    auto where = co_await find_folder(store->use(), from->bucket, from->prefix, deadline::never());
    const auto listed = spec_by_listing(spec);
    if (!where && listed && where.error().code == engine_errc::no_export_here) {
        auto foreign = co_await holds_foreign_objects(
            store->use(), from->bucket, from->prefix, deadline::never()
        );
        if (!foreign) co_return plan_failure(foreign.error(), side::source);
        if (*foreign) {
            store->close();
            auto by_listing = plan_by_listing(at, *listed);
            auto planned = co_await std::move(by_listing);
            co_return planned;
        }
    }
    if (!where) co_return plan_failure(where.error(), side::source);
    const std::string directory = to->directory.empty() ? at.options.data_dir : to->directory;
    log_store streams(directory, at.on, at.blocking);
    import_planning of{
        store->use(), *where, spec, to->name, object_format::avro, {}, {}, planned_target()};
    of.plan.place = "s3://" + where->bucket + "/" + where->folder;
    of.plan.endpoint = store->endpoint;
    of.plan.is_import = true;
    ++of.plan.requests.gets;
    plan_permissions(of.plan, *where, "s3:ListBucket", "s3:GetObject");
    auto looked = co_await look_at_stream(of, streams);
    if (looked && !spec.follow)
        looked = co_await check_exported(of.store, of.where, deadline::never());
    if (looked) looked = co_await plan_all(of);
    if (!looked) of.plan.refused = looked.error();
    co_await plan_lifecycle(store->client.get(), where->bucket, where->folder, of.plan);
    store->close();
    std::vector<planned_target> plans;
    plans.push_back(std::move(of.plan));
    co_return std::move(plans);
}

} // namespace sluice
