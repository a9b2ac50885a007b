// engine: what an import would do, without doing it.
#include "../core/fetch_plan.hpp"
#include "plan_listing.hpp"
#include "plan_parts.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <set>
#include <utility>

namespace sluice {

namespace {

struct import_planning {
    s3::client& store;
    const export_folder& where;
    std::optional<log_info> stream; ///< none: it will be created
    planned_target plan;
};

/// An import keeps sequences, so the stream's end is where it goes on.
position import_begins(const import_planning& of, std::uint32_t partition, position start) {
    if (!of.stream) return start;
    return std::max(start, of.stream->partitions.at(partition).bounds.end);
}

void count_items(import_planning& of, const std::vector<fetch_item>& items) {
    std::set<std::string> keys;
    for (const fetch_item& each : items) {
        if (each.gap) {
            of.plan.gaps.push_back(
                "events " + to_string(each.first) + " up to " + to_string(each.next) + ": " +
                each.why
            );
            continue;
        }
        keys.insert(each.key);
        ++of.plan.parts;
        ++of.plan.requests.gets;
        of.plan.bytes += each.size;
    }
    of.plan.objects += keys.size();
}

task<result<void>> plan_partition(import_planning& of, std::uint32_t partition) {
    auto commits = co_await fetch_history(of.store, of.where, partition, deadline::never());
    if (!commits) co_return commits.error();
    of.plan.requests.gets += commits->size() + 1;
    if (commits->empty()) co_return result<void>();
    const position first = import_begins(of, partition, commits->front().next);
    of.plan.ranges.push_back({first, commits->back().next});
    count_items(of, plan_fetches(*commits, first));
    for (const committed_object& object : objects_in_force(*commits)) {
        if (object.first >= first) of.plan.events += object.events;
        of.plan.estimated = of.plan.estimated || (object.first < first && object.next > first);
    }
    co_return result<void>();
}

/// Errors: why the import would not begin.
task<result<void>> plan_all(import_planning& of, const std::string& stream) {
    const std::uint32_t partitions = of.where.document.partitions;
    if (of.stream && of.stream->partitions.size() != partitions) {
        failure why;
        why.code = engine_errc::usage;
        why.where = "stream " + stream + " has " + std::to_string(of.stream->partitions.size()) +
                    " partitions, the export has " + std::to_string(partitions) +
                    "; import into a stream that does not exist yet";
        co_return why;
    }
    for (std::uint32_t n = 0; n < partitions; ++n) {
        auto planned = co_await plan_partition(of, n);
        if (!planned) co_return planned.error();
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
    logger& log = at.options.log ? *at.options.log : silent_logger();
    auto store = open_store(at.on, *from, spec.s3, at.options.environment, log);
    if (!store) co_return plan_failure(store.error(), side::source);
    auto where =
        co_await find_folder(*store->client, from->bucket, from->prefix, deadline::never());
    if (!where) co_return plan_failure(where.error(), side::source);
    const std::string directory = to->directory.empty() ? at.options.data_dir : to->directory;
    log_store streams(directory, at.on, at.blocking);
    auto info = co_await streams.info(to->name);
    if (!info && info.error().code != stream_errc::no_such_stream)
        co_return plan_failure(info.error(), side::destination);
    import_planning of{*store->client, *where, std::nullopt, planned_target()};
    if (info) of.stream = std::move(*info);
    of.plan.place = "s3://" + where->bucket + "/" + where->folder;
    of.plan.endpoint = store->endpoint;
    of.plan.is_new = !of.stream;
    ++of.plan.requests.gets;
    plan_permissions(of.plan, *where, "s3:ListBucket", "s3:GetObject");
    auto planned = co_await plan_all(of, to->name);
    if (!planned) of.plan.refused = planned.error();
    co_await plan_lifecycle(*store->client, where->bucket, where->folder, of.plan);
    store->client->close();
    std::vector<planned_target> plans;
    plans.push_back(std::move(of.plan));
    co_return std::move(plans);
}

} // namespace sluice
