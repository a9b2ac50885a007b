// engine: an export that is looked through and mended.
#include "repair_run.hpp"

#include "block_cache.hpp"
#include "commit_log.hpp"
#include "export_run.hpp"
#include "probe.hpp"
#include "repair_lane.hpp"
#include "stream_document_io.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/engine/open_store.hpp>

#include <utility>

namespace sluice {

namespace {

constexpr unsigned parts_at_once = 4;

gate_rules repair_rules(const transfer_rules& rules) {
    return gate_rules_of(rules, rules.memory / 4, rules.memory / 4);
}

class repair_work final : public transfer_work {
  public:
    repair_work(
        transfer::state& shared,
        const repair_spec& spec,
        std::unique_ptr<reader> stream,
        std::unique_ptr<export_target> target
    )
        : run_(shared.run),
          spec_(spec),
          stream_(std::move(stream)),
          target_(std::move(target)),
          cache_(0),
          gate_(shared.run.on, shared.run.steps, repair_rules(spec.rules)) {
        target_->concurrency = spec.rules.concurrency == 0 ? parts_at_once : spec.rules.concurrency;
    }

    task<void> work(const wishes_look&) override {
        target_->seen.state = "running";
        const step_gate::stay sharing(gate_);
        target_->scheduled = gate_.add_destination(target_->endpoint, target_->concurrency);
        cache_.set_budget(gate_.beside());
        auto mended = co_await mend_all();
        if (!mended) {
            outcome_ = mended.error();
        } else if (!unmended_.empty()) {
            failure why;
            why.code = engine_errc::gap;
            for (const std::string& each : unmended_)
                why.where += (why.where.empty() ? "" : "; ") + each;
            outcome_ = why;
        }
        const bool paused = outcome_ && outcome_->code == engine_errc::paused;
        target_->seen.state = !outcome_ ? "completed" : paused ? "paused" : "failed";
        if (outcome_ && !paused) target_->seen.last_error = describe(*outcome_);
    }

    void close() override { gate_.close(); }
    progress look(double seconds) override;
    std::optional<failure> outcome() const override { return outcome_; }
    side outcome_side() const override { return side::destination; }

  private:
    task<result<void>> mend_all();
    task<result<verify_report>> verify();
    void take_expired(verify_report& found);
    lane_key key_of(std::uint32_t partition) const;
    task<result<void>> look_for_lost(std::uint32_t partition, repair_job& job);
    task<result<void>> mend_partition(std::uint32_t partition, repair_job& job);
    task<result<void>> mend_pages(std::uint32_t partition);

    transfer_run& run_;
    repair_spec spec_;
    std::unique_ptr<reader> stream_;
    std::unique_ptr<export_target> target_;
    block_cache cache_;
    step_gate gate_;
    std::vector<std::string> unmended_;
    std::optional<failure> outcome_;
};

task<result<verify_report>> repair_work::verify() {
    if (spec_.state_only) co_return verify_report();
    auto look = [this] {
        return verify_export(
            *target_->store,
            target_->where,
            stream_.get(),
            spec_.rules.memory / 2,
            deadline::never(),
            std::function<void(std::uint64_t)>()
        );
    };
    auto found = co_await persistently(run_, target_->patient, target_->seen.last_error, look);
    if (!found) co_return found.error();
    for (const std::string& each : found->problems)
        run_.log.write(log_level::warning, each);
    co_return found;
}

/// Who reads steps over what has expired, until it is replaced. That it was meant is not known
/// here.
void repair_work::take_expired(verify_report& found) {
    if (found.expired.empty()) return;
    if (!spec_.undo_expired) {
        run_.log.write(
            log_level::warning,
            std::to_string(found.expired.size()) +
                " objects are recorded as removed by the lifecycle and stay out of the export; if "
                "that was a mistake, --undo-expired exports them again"
        );
        return;
    }
    for (committed_object& each : found.expired) {
        object_damage again;
        again.object = std::move(each);
        again.expired = true;
        found.damaged.push_back(std::move(again));
    }
}

task<result<void>> repair_work::mend_all() {
    auto checksums = co_await probe_checksums(run_, *target_);
    if (!checksums) co_return checksums.error();
    auto found = co_await verify();
    if (!found) co_return found.error();
    const std::uint32_t partitions = target_->where.document.partitions;
    std::vector<repair_job> jobs(partitions);
    if (!spec_.state_only && found->commits == 0)
        unmended_.push_back("no commits lie here: `sluice export` exports the stream anew");
    take_expired(*found);
    for (object_damage& each : found->damaged)
        jobs.at(each.object.first.partition).damaged.push_back(std::move(each));
    for (std::uint32_t n = 0; n < partitions; ++n) {
        lane_progress lane;
        lane.partition = n;
        target_->seen.lanes.push_back(lane);
    }
    for (std::uint32_t n = 0; n < partitions; ++n) {
        jobs[n].record_expired = spec_.expired;
        auto looked = co_await look_for_lost(n, jobs[n]);
        if (!looked) co_return looked.error();
        if (found->commits > 0 && found->unclaimed.count(n) > 0 && !jobs[n].commits_lost)
            jobs[n].unmended.push_back(
                "partition " + std::to_string(n) +
                ": no commits lie here: put them back, or `sluice export` exports it anew"
            );
        if (!jobs[n].damaged.empty() || jobs[n].commits_lost || spec_.state_only) {
            auto mended = co_await mend_partition(n, jobs[n]);
            if (!mended) co_return mended.error();
        }
        for (std::string& each : jobs[n].unmended)
            unmended_.push_back(std::move(each));
        auto pages = co_await mend_pages(n);
        if (!pages) co_return pages.error();
    }
    co_return result<void>();
}

lane_key repair_work::key_of(std::uint32_t partition) const {
    return lane_key_of(*target_, run_.name, partition);
}

/// The newest commits may have been deleted: of the two that knew them the journal is left. It is
/// to forget them, but where the stream does not have their events any more.
task<result<void>> repair_work::look_for_lost(std::uint32_t partition, repair_job& job) {
    const lane_key key = key_of(partition);
    auto recall = [this, &key] { return run_.journal.find_lane(key); };
    auto known = co_await journaled(run_, recall);
    if (!known) co_return known.error();
    if (!*known) co_return result<void>();
    auto survey =
        co_await survey_partition(*target_->store, target_->where, partition, deadline::never());
    if (!survey) co_return survey.error();
    if ((**known).next_commit <= survey->commits()) co_return result<void>();
    auto bounds = co_await stream_->bounds(partition);
    if (!bounds) co_return bounds.error();
    const std::string lost = "partition " + std::to_string(partition) + ": commits " +
                             std::to_string(survey->commits()) + " to " +
                             std::to_string((**known).next_commit - 1) +
                             " are gone, which the state file knows";
    const position from = survey->empty() ? position{partition, 0, 0} : survey->end();
    const bool held_events = from < (**known).next;
    const std::string events =
        "; events " + to_string(from) + " up to " + to_string((**known).next);
    // Of a partition without any commit nothing tells where its objects begin: where the stream has
    // lost something, they may be all that is left of it.
    bool nothing_there = false;
    if (survey->empty()) {
        auto checked = co_await check_not_bereft(
            *target_->store, target_->where, partition, deadline::never()
        );
        if (!checked && checked.error().code != engine_errc::damaged_object)
            co_return checked.error();
        nothing_there = checked.has_value();
    }
    job.commits_lost = !held_events || nothing_there || bounds->first <= from;
    if (!held_events)
        run_.log.write(log_level::warning, lost + "; they named no events");
    else if (job.commits_lost)
        run_.log.write(
            log_level::warning, lost + events + " are exported again by the next `sluice export`"
        );
    else
        job.unmended.push_back(
            lost + events + " cannot be exported again, for the stream begins at " +
            to_string(bounds->first) + ": their objects still lie there, put the commits back"
        );
    co_return result<void>();
}

task<result<void>> repair_work::mend_partition(std::uint32_t partition, repair_job& job) {
    auto bounds = co_await stream_->bounds(partition);
    if (!bounds) co_return bounds.error();
    format_context context;
    context.stream = stream_->description().name;
    context.incarnation = stream_->description().incarnation;
    context.partition = partition;
    block_source source(*stream_, cache_, partition, target_->encoding, context, bounds->end);
    const lane_key key = key_of(partition);
    const lane_id scheduled = gate_.add_lane(target_->scheduled);
    export_lane_context lane{
        run_, *target_, source, gate_, scheduled, key, target_->seen.lanes[partition]};
    source.join();
    auto ended = co_await run_repair_lane(lane, job);
    source.leave();
    co_return ended;
}

/// Pages of full thousands that are missing or damaged are made from the commits.
task<result<void>> repair_work::mend_pages(std::uint32_t partition) {
    s3::object_store& store = *target_->store;
    auto log = co_await read_commit_log(store, target_->where, partition, deadline::never());
    if (!log) co_return log.error();
    for (std::size_t n = 0; n < log->thousands.size(); ++n) {
        const std::uint64_t first = n * commits_per_page;
        auto page = co_await look_at_page(
            store, target_->where, partition, first, log->thousands[n], deadline::never()
        );
        if (!page) co_return page.error();
        if (*page == page_standing::good) continue;
        const bool overwrite = *page == page_standing::damaged;
        auto made = co_await make_page(
            store, target_->where, partition, first, overwrite, deadline::never()
        );
        if (!made) co_return made.error();
        run_.log.write(
            log_level::warning, "made the page of commits from " + std::to_string(first) + " anew"
        );
    }
    co_return result<void>();
}

progress repair_work::look(double seconds) {
    progress now;
    now.name = run_.name;
    now.kind = "repair";
    target_progress& seen = target_->seen;
    seen.endpoint = target_->endpoint;
    seen.failing = target_->patient.failing();
    target_->rate.observe(seen.bytes, seconds);
    seen.bytes_per_second = target_->rate.per_second();
    seen.retries = target_->opened.retries();
    now.targets.push_back(seen);
    return now;
}

/// The options of the address, as a destination's.
std::string address_text(const bucket_address& of, const std::string& given) {
    const std::size_t options = given.find('?');
    return to_string(of) + (options == std::string::npos ? "" : given.substr(options));
}

} // namespace

std::string parent_of(const export_folder& where) {
    const std::size_t slash = where.folder.rfind('/');
    bucket_address parent;
    parent.bucket = where.bucket;
    if (slash != std::string::npos) parent.prefix = where.folder.substr(0, slash);
    return to_string(parent);
}

task<result<std::unique_ptr<export_target>>> find_repair_target(
    any_io_executor on, const repair_spec& spec, const reader& stream, const engine_options& options
) {
    auto address = parse_bucket_address(spec.prefix);
    if (!address) co_return address.error();
    export_spec as_export;
    as_export.from = spec.from;
    as_export.take_over = spec.take_over;
    as_export.s3 = spec.s3;
    as_export.rules = spec.rules;
    auto target = open_export_target(
        on,
        as_export,
        address_text(*address, spec.prefix),
        stream.description(),
        options,
        traffic_of_all(on, spec.rules, options.clock)
    );
    if (!target) co_return target.error();
    auto found = co_await find_folder(
        *(*target)->store, address->bucket, address->prefix, deadline::never()
    );
    if (!found) co_return found.error();
    auto encoding = known_encoding(found->document.format, found->document.codec);
    if (!encoding) co_return encoding.error();
    (*target)->encoding = *encoding;
    (*target)->where.document.format = found->document.format;
    (*target)->where.document.codec = found->document.codec;
    auto same = compare_documents(**target, found->document);
    if (!same) co_return same.error();
    (*target)->where = std::move(*found);
    (*target)->address = parent_of((*target)->where);
    (*target)->claim_transfer = transfer_of_claim(
        "export",
        stream.description().name,
        stream.description().incarnation,
        (*target)->where.bucket,
        (*target)->where.folder
    );
    co_return std::move(*target);
}

std::shared_ptr<transfer_work> make_repair(
    transfer::state& shared,
    const repair_spec& spec,
    std::unique_ptr<reader> stream,
    std::unique_ptr<export_target> target
) {
    return std::make_shared<repair_work>(shared, spec, std::move(stream), std::move(target));
}

} // namespace sluice
