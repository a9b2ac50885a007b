// engine: what an export would do, without doing it.
#include "../core/object_count.hpp"
#include "destination_setting.hpp"
#include "export_run.hpp"
#include "export_target.hpp"
#include "lane_claim.hpp"
#include "lane_start.hpp"
#include "place_search.hpp"
#include "plan_parts.hpp"
#include "probe.hpp"
#include "state_look.hpp"
#include "stream_document_io.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

/// Blocks that are encoded to learn how large this format makes them, per partition.
constexpr unsigned sampled_blocks = 16;

struct export_planning {
    planning_place& at;
    reader& stream;
    export_target& target;
    const places& end;
    std::vector<std::optional<lane_row>> lanes; ///< by partition, as the journal knows them
    planned_target plan{};

    format_context context(std::uint32_t partition) const {
        const stream_description& of = stream.description();
        return {of.name, of.incarnation, partition};
    }
};

/// The folder's document, where there is one, must be ours.
task<result<bool>> folder_exists(export_planning& of) {
    const export_folder& ours = of.target.where;
    auto found =
        co_await find_folder(*of.target.store, ours.bucket, ours.folder, deadline::never());
    of.plan.requests.gets += 1;
    if (!found && found.error().code == engine_errc::no_export_here) co_return false;
    if (!found) co_return found.error();
    if (found->folder != ours.folder) co_return false; // another one, below it
    auto same = compare_documents(of.target, found->document);
    if (!same) co_return same.error();
    co_return true;
}

/// What `--start` makes of it. Errors: the export would refuse it.
task<result<position>> start_of(export_planning& of, std::uint32_t partition, const tail* bucket) {
    auto decided = co_await settle_start(of.stream, of.target, partition, bucket);
    if (!decided) co_return decided.error();
    if (decided->begin > decided->next)
        of.plan.gaps.push_back(
            "events " + to_string(decided->next) + " up to " + to_string(decided->begin) + " (" +
            decided->reason + ")"
        );
    co_return decided->begin;
}

/// Where the commits of the partition end; nullopt: it has none.
task<result<std::optional<tail>>>
tail_in_bucket(export_planning& of, std::uint32_t partition, bool exists) {
    std::optional<tail> nothing;
    if (!exists && !of.lanes[partition]) co_return nothing;
    auto survey =
        co_await survey_partition(*of.target.store, of.target.where, partition, deadline::never());
    if (!survey) co_return survey.error();
    of.plan.requests.gets += survey->commits() + 1;
    if (survey->empty()) co_return nothing;
    co_return std::optional<tail>(tail_of(*survey));
}

/// Where the export of the partition would begin. Errors: why it would not, in the order in which
/// it would find out.
task<result<position>> beginning_of(export_planning& of, std::uint32_t partition, bool exists) {
    auto bucket = co_await tail_in_bucket(of, partition, exists);
    if (!bucket) co_return bucket.error();
    claimant who;
    who.transfer = of.target.claim_transfer;
    who.incarnation = of.stream.description().incarnation;
    who.format = name_of(of.target.encoding.format);
    who.codec = name_of(of.target.encoding.codec);
    who.take_over = of.target.take_over;
    const std::string text = of.target.address + ", partition " + std::to_string(partition);
    const tail at = bucket->value_or(tail());
    const claim_decision decided = decide_claim(at, of.lanes[partition], who, text);
    if (const auto* refusal = std::get_if<failure>(&decided)) co_return *refusal;
    if (*bucket) {
        auto same = co_await check_history(of.stream, at, text);
        if (!same) co_return same.error();
    }
    auto start = co_await start_of(of, partition, *bucket ? &at : nullptr);
    co_return start;
}

/// Encoded bytes of one byte of records, where only encoding tells.
task<result<double>> encoded_ratio(export_planning& of, const planned_range& range) {
    double records = 0, encoded = 0;
    position from = range.first;
    for (unsigned n = 0; n < sampled_blocks && from < range.next; ++n) {
        auto outline = co_await of.stream.outline(from, range.next);
        if (!outline) co_return outline.error();
        if (outline->next == from) break;
        const format_context context = of.context(from.partition);
        open_block block = begin_block(of.target.encoding, context, *outline, buffer());
        auto read = co_await of.stream.read(*outline, block.records);
        if (!read) co_return read.error();
        auto made = end_block(of.target.encoding, context, *outline, std::move(block));
        if (!made) co_return made.error();
        records += static_cast<double>(outline->body_bytes);
        encoded += static_cast<double>(made->size());
        from = outline->next;
    }
    co_return records > 0 ? encoded / records : 1;
}

task<result<void>> count_range(export_planning& of, const planned_range& range) {
    const format_context context = of.context(range.first.partition);
    block_shape header;
    header.bytes = object_header(of.target.encoding, context).size();
    object_count count(of.target.object_bytes, of.target.part_size, header);
    std::optional<double> ratio;
    for (position from = range.first; from < range.next;) {
        auto outline = co_await of.stream.outline(from, range.next);
        if (!outline) co_return outline.error();
        if (outline->next == from) break;
        block_shape shape;
        shape.outline = *outline;
        const auto computed = computable_shape(of.target.encoding, context, *outline);
        if (computed) {
            shape.bytes = computed->bytes;
        } else {
            if (!ratio) {
                auto sampled = co_await encoded_ratio(of, range);
                if (!sampled) co_return sampled.error();
                ratio = *sampled;
            }
            of.plan.estimated = true;
            shape.bytes =
                static_cast<std::uint64_t>(static_cast<double>(outline->body_bytes) * *ratio);
        }
        count.add(shape);
        from = outline->next;
    }
    count.end();
    of.plan.objects += count.objects;
    of.plan.parts += count.parts;
    of.plan.events += count.events;
    of.plan.bytes += count.bytes;
    of.plan.requests.puts += count.requests.puts;
    co_return result<void>();
}

task<result<void>> plan_ranges(export_planning& of) {
    auto exists = co_await folder_exists(of);
    if (!exists) co_return exists.error();
    of.plan.is_new = !*exists;
    constexpr unsigned probing = 51; // PUTs before the first claim
    constexpr unsigned claiming = 4; // the claim, and listings: of later commits, of what was left
    // GETs and HEADs of a partition: its first page and commit, looked for before and after the
    // probing.
    const unsigned looking = *exists ? 1 : 5;
    of.plan.requests.puts += probing + (*exists ? 0 : 1);
    for (std::uint32_t n = 0; n < of.stream.description().partitions; ++n) {
        auto first = co_await beginning_of(of, n, *exists);
        if (!first) co_return first.error();
        auto bounds = co_await of.stream.bounds(n);
        if (!bounds) co_return bounds.error();
        of.plan.requests.puts += claiming;
        of.plan.requests.gets += looking;
        auto end = co_await find_place(of.stream, of.end.of(n), n, *bounds);
        if (!end) co_return end.error();
        const position until = *end ? std::min(bounds->end, **end) : bounds->end;
        const planned_range range{*first, std::max(*first, until)};
        of.plan.ranges.push_back(range);
        auto counted = co_await count_range(of, range);
        if (!counted) co_return counted.error();
    }
    co_return result<void>();
}

task<result<void>> plan_abilities(export_planning& of) {
    auto can = co_await probe_abilities(of.at.on, of.target);
    if (!can) co_return can.error();
    of.plan.abilities = {
        can->one_winner ? "If-None-Match on PUT holds: 16 at once, one won (exactly-once)"
                        : "If-None-Match on PUT does not hold: an export is refused here",
        !can->takes_checksums     ? "CRC64NVME headers are refused"
        : can->verifies_checksums ? "CRC64NVME headers are compared with the body"
                                  : "CRC64NVME headers are taken, and not compared with the body",
    };
    co_return result<void>();
}

task<void> plan_target(export_planning& of, bool probe) {
    const export_folder& where = of.target.where;
    of.plan.place = "s3://" + where.bucket + "/" + where.folder;
    of.plan.endpoint = of.target.endpoint;
    plan_permissions(
        of.plan,
        where,
        "s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetLifecycleConfiguration",
        "s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, "
        "s3:ListMultipartUploadParts"
    );
    auto planned = co_await plan_ranges(of);
    if (!planned) of.plan.refused = planned.error();
    const std::string bucket = where.bucket, folder = where.folder;
    co_await plan_lifecycle(of.target.opened.client.get(), bucket, folder, of.plan);
    if (!probe || of.plan.refused) co_return;
    auto probed = co_await plan_abilities(of);
    if (!probed) of.plan.refused = probed.error();
}

/// What the journal knows of the lanes of each of these destinations.
using known_lanes = std::vector<std::vector<std::optional<lane_row>>>;

/// Of the transfer that these words would go on with. Errors: the name stands for other work; the
/// state file cannot be used.
result<known_lanes> look_up_lanes(
    const planning_place& at,
    const named_work& asked,
    const std::vector<const export_target*>& targets,
    std::uint32_t partitions
) {
    known_lanes all(targets.size(), std::vector<std::optional<lane_row>>(partitions));
    if (at.options.state_file.empty()) return all;
    auto journal = look_at_state(at.options.state_file);
    if (!journal) return journal.error();
    if (!*journal) return all;
    auto known = known_work(**journal, asked, at.options.data_dir);
    if (!known) return known.error();
    for (std::size_t n = 0; n < targets.size(); ++n) {
        for (std::uint32_t partition = 0; partition < partitions; ++partition) {
            auto lane = (*journal)->find_lane(lane_key_of(*targets[n], asked.row.name, partition));
            if (!lane) return lane.error();
            all[n][partition] = std::move(*lane);
        }
    }
    return all;
}

} // namespace

task<transfer_plan> plan_export(planning_place at, export_spec spec, bool probe) {
    auto from = parse_stream_address(spec.from);
    if (!from) co_return plan_failure(from.error(), side::source);
    const std::string directory = from->directory.empty() ? at.options.data_dir : from->directory;
    log_store streams(directory, at.on, at.blocking);
    auto stream = co_await streams.open_reader(from->name);
    if (!stream) co_return plan_failure(stream.error(), side::source);
    const stream_description& description = (*stream)->description();
    destination_setting setting([&](const std::string& address, const std::string&) {
        return open_export_target(at.on, spec, address, description, at.options);
    });
    for (const std::string& address : spec.to) {
        auto taken = setting.take(address, std::string());
        if (!taken) co_return plan_failure(taken.error(), side::destination);
    }
    const named_work asked = setting.work_of(spec, description.incarnation);
    const auto targets = setting.take_all();
    std::vector<const export_target*> places;
    for (const auto& each : targets)
        places.push_back(each.first.get());
    auto look = [&] { return look_up_lanes(at, asked, places, description.partitions); };
    auto lanes = co_await run_blocking(at.blocking, look);
    if (!lanes) co_return plan_failure(lanes.error(), side::neither);
    std::vector<planned_target> plans;
    for (std::size_t n = 0; n < targets.size(); ++n) {
        export_target& target = *targets[n].first;
        export_planning of{at, **stream, target, spec.end, std::move((*lanes)[n])};
        co_await plan_target(of, probe);
        target.opened.close();
        plans.push_back(std::move(of.plan));
    }
    co_return std::move(plans);
}

} // namespace sluice
