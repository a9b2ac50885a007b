// engine: what an import by listing would do, without doing it.
#include "plan_listing.hpp"

#include "../core/lifecycle_notes.hpp"
#include "../core/listing_follow.hpp"
#include "../core/listing_lookback.hpp"
#include "../core/listing_partitions.hpp"
#include "../core/listing_resume.hpp"
#include "foreign_source.hpp"
#include "plan_parts.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

struct listing_planning {
    const import_spec& spec;
    foreign_source from;
    listing_partitions by;
    planned_target plan;
    /// Where each partition stands, as far as the stream is there.
    std::vector<std::string> progress{};
    std::vector<log_partition_info> partitions{};
    std::string stream{};
};

std::string counted(std::uint64_t number, const char* what) {
    return std::to_string(number) + " objects " + what;
}

/// Errors: what the stream's store says.
task<result<void>> find_stream_of(listing_planning& of, log_store& streams) {
    auto info = co_await streams.info(of.stream);
    const bool none = !info && info.error().code == stream_errc::no_such_stream;
    of.plan.is_new = none;
    if (none) co_return result<void>();
    if (!info) co_return info.error();
    auto progress = co_await streams.progress(of.stream);
    if (!progress) co_return progress.error();
    of.partitions = std::move(info->partitions);
    of.progress = std::move(*progress);
    co_return result<void>();
}

/// Where the import stands in a partition, of `needed` that it fills; `refused` when it would not
/// go on in the stream.
listing_progress reached_in(listing_planning& of, std::uint32_t partition, std::uint32_t needed) {
    const listing_progress begin = at_the_beginning(of.from, of.spec.listing->sort, of.by.text());
    if (of.plan.is_new) return begin;
    found_stream found;
    found.name = of.stream;
    found.partitions = static_cast<std::uint32_t>(of.partitions.size());
    found.needed = needed;
    if (partition < found.partitions) {
        found.has_events = of.partitions[partition].bounds.end != position{partition, 0, 0};
        found.progress = of.progress[partition];
    }
    auto resumed = resume_listing(found, begin);
    if (resumed) return *resumed;
    of.plan.refused = resumed.error();
    return begin;
}

std::string where_it_begins(const listing_planning& of, const listing_progress& reached) {
    const std::string there = address_of(of.from, reached.object.key);
    if (reached.object.key.empty()) return "from the first object on";
    if (reached.done) return "behind " + there;
    return "in " + there + ", of which " + std::to_string(reached.events) + " events are there";
}

/// The half-done object may be gone; then there is nothing more of it.
void settle_half_done(
    listing_planning& of, const std::vector<foreign_object>& listed, listing_progress& reached
) {
    auto same = check_half_done(listed, reached);
    if (same) return;
    if (of.spec.rules.skip_bad)
        of.plan.passed_over.push_back(same.error().where);
    else
        of.plan.refused = same.error();
    reached.done = true;
}

void plan_partition(
    listing_planning& of,
    std::vector<foreign_object> listed,
    listing_progress reached,
    const std::string& settled
) {
    planned_target& plan = of.plan;
    settle_half_done(of, listed, reached);
    listing_plan next = plan_listing(std::move(listed), reached);
    const latecomers late = look_back().at(next.before, reached);
    if (late.count() > 0) plan.passed_over.push_back(describe_late(late));
    const std::size_t all = next.objects.size();
    const bool by_time = reached.sort == listing_sort::modified;
    if (of.spec.follow && by_time) hold_back(next.objects, settled);
    if (next.objects.size() < all)
        plan.passed_over.push_back(
            counted(all - next.objects.size(), "of the last seconds, which wait for the next look")
        );
    const std::uint64_t range = range_bytes_of(of.spec.rules);
    for (const foreign_object& each : next.objects) {
        ++plan.objects;
        plan.bytes += each.size;
        plan.parts += ranges_of(each.size, range);
    }
}

void plan_objects(listing_planning& of, listing found) {
    planned_target& plan = of.plan;
    if (found.hidden > 0)
        plan.passed_over.push_back(
            counted(found.hidden, "whose names begin with _ or . or are folders")
        );
    if (found.of_others > 0)
        plan.passed_over.push_back(counted(found.of_others, "of other shards or partitions"));
    std::uint32_t needed = of.by.needed(of.from.prefix, found.objects);
    const bool any_number = of.by.kept && of.by.named.empty();
    if (any_number) needed = std::max(needed, static_cast<std::uint32_t>(of.partitions.size()));
    auto divided = divide(of.by, of.from.prefix, needed, std::move(found.objects));
    if (!divided) {
        plan.refused = divided.error();
        return;
    }
    for (std::uint32_t n = 0; n < needed; ++n) {
        listing_progress reached = reached_in(of, n, needed);
        const std::string begins = where_it_begins(of, reached);
        plan.begins = n == 0 || plan.begins == begins ? begins : "where each partition stands";
        plan_partition(of, std::move((*divided)[n]), std::move(reached), found.settled);
    }
    plan.requests.gets += plan.parts;
}

/// By key a look costs one page most of the time.
std::string cost_of_following(const listing_planning& of, std::uint64_t pages) {
    constexpr double milliseconds_a_month = 30.0 * 24 * 3600 * 1000;
    const bool by_key = of.spec.listing->sort == listing_sort::key && !of.by.kept;
    const std::uint64_t each = by_key ? 1 : pages;
    const double looks = milliseconds_a_month / static_cast<double>(of.spec.poll.count());
    planned_requests month;
    month.puts = static_cast<std::uint64_t>(looks * static_cast<double>(each));
    return std::to_string(each) + " LIST at each look: about $" +
           std::to_string(static_cast<std::uint64_t>(price_of(month) + 0.5)) + " a month";
}

task<result<void>> plan_prefix(listing_planning& of) {
    listing found;
    do {
        auto listed = co_await list_page_of(of.from, found);
        if (!listed) co_return listed;
    } while (!found.ended());
    of.plan.requests.puts += found.pages;
    if (of.spec.follow) of.plan.following = cost_of_following(of, found.pages);
    if (!of.spec.follow) of.plan.refused = nothing_below(of.from, found);
    plan_objects(of, std::move(found));
    co_return result<void>();
}

void tell_permissions(planned_target& plan, const foreign_source& from) {
    const std::string bucket = "arn:aws:s3:::" + from.bucket;
    plan.permissions.push_back("s3:ListBucket on " + bucket);
    plan.permissions.push_back("s3:GetObject on " + bucket + "/" + from.prefix + "*");
}

} // namespace

task<transfer_plan> plan_by_listing(planning_place at, import_spec spec) {
    auto from = parse_bucket_address(spec.from);
    if (!from) co_return plan_failure(from.error(), side::source);
    auto to = parse_stream_address(spec.to);
    if (!to) co_return plan_failure(to.error(), side::destination);
    auto store = open_store(at.on, *from, spec.s3, at.options);
    if (!store) co_return plan_failure(store.error(), side::source);
    const listing_partitions by =
        listing_partitions::of(spec.listing->keep_partitions, spec.partitions);
    listing_planning of{
        spec,
        make_foreign_source(
            store->use(), *from, spec.listing->shard, by.named, spec.rules.retry_for
        ),
        by,
        {}};
    of.stream = to->name;
    of.plan.place = to_string(*from);
    of.plan.endpoint = store->endpoint;
    of.plan.is_import = true;
    of.plan.events_unknown = true;
    tell_permissions(of.plan, of.from);
    const std::string directory = to->directory.empty() ? at.options.data_dir : to->directory;
    log_store streams(directory, at.on, at.blocking);
    auto found = co_await find_stream_of(of, streams);
    if (!found) co_return plan_failure(found.error(), side::destination);
    auto planned = co_await plan_prefix(of);
    if (!planned) co_return plan_failure(planned.error(), side::source);
    const auto rules = co_await fetch_lifecycle(store->client.get(), of.from.bucket, of.plan);
    if (rules) of.plan.lifecycle = notes_on_foreign_objects(*rules, of.from.prefix);
    store->close();
    std::vector<planned_target> plans;
    plans.push_back(std::move(of.plan));
    co_return std::move(plans);
}

} // namespace sluice
