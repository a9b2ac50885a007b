// engine: an import of objects that nobody committed: what a listing shows, one after the other.
#include "listing_import.hpp"

#include "../core/left_out.hpp"
#include "../core/listing_follow.hpp"
#include "../core/listing_partitions.hpp"
#include "../core/rate_meter.hpp"
#include "foreign_import.hpp"

#include <sluice/engine/guarantee.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace sluice {

namespace {

failure listing_failure(boost::system::error_code code, std::string where) {
    failure why;
    why.code = code;
    why.where = std::move(where);
    return why;
}

class listing_import final : public transfer_work {
  public:
    explicit listing_import(import_parts parts)
        : run_(parts.shared.run),
          spec_(std::move(parts.spec)),
          store_(std::move(parts.store)),
          streams_(std::move(parts.streams)),
          stream_(std::move(parts.stream)),
          by_(listing_partitions::of(spec_.listing->keep_partitions, spec_.partitions)),
          from_(make_foreign_source(
              store_.use(), parts.from, spec_.listing->shard, by_.named, spec_.rules.retry_for
          )),
          gate_(run_.on, run_.steps, gate_rules_of(spec_.rules, spec_.rules.memory)) {}

    task<void> work(const wishes_look&) override;
    void close() override { gate_.close(); }
    task<result<void>> farewell(wish what) override;
    progress look(double seconds) override;
    std::optional<failure> outcome() const override { return outcome_; }
    side outcome_side() const override { return failing_; }

  private:
    /// A partition of the stream, with what becomes of its objects.
    struct filled_partition {
        listing_target to;
        foreign_import at;
        latecomers late;                  ///< of the whole run
        std::vector<foreign_object> next; ///< to be imported

        filled_partition(
            listing_import& of, std::uint32_t partition, const listing_progress& begin
        );
    };

    task<result<void>> import_all();
    task<result<void>> begin(listing& now);
    task<result<void>> open_stream(const listing& now);
    task<result<void>> import_listed(listing now);
    task<result<void>>
    plan_partition(filled_partition& part, std::vector<foreign_object> listed, const listing& now);
    task<result<void>>
    settle_half_done(filled_partition& part, const std::vector<foreign_object>& listed);
    task<result<void>>
    take_latecomers(filled_partition& part, const std::vector<foreign_object>& before);
    task<result<void>> tell_latecomers(filled_partition& part, const latecomers& late);
    task<result<void>> wait_and_list(listing& now);
    task<result<void>> close_stream();
    result<void> tell_missing() const;

    transfer_run& run_;
    import_spec spec_;
    opened_store store_;
    std::shared_ptr<stream_store> streams_;
    std::string stream_; ///< to be filled
    listing_partitions by_;
    foreign_source from_;
    step_gate gate_;
    lane_id lane_{};
    std::unique_ptr<writer> writer_;
    stream_before was_ = stream_before::taken;
    std::vector<std::unique_ptr<filled_partition>> parts_; ///< by partition of the stream
    listing_turns turns_;
    side failing_ = side::source;       ///< where what failed last did
    std::uint64_t left_out_before_ = 0; ///< objects, by runs before this one
    std::uint64_t all_bytes_ = 0;
    rate_meter rate_;
    std::optional<failure> outcome_;
};

listing_import::filled_partition::filled_partition(
    listing_import& of, std::uint32_t partition, const listing_progress& begin
)
    : to(*of.writer_, partition, begin, of.from_.seen),
      at{of.run_,
         of.from_,
         to,
         of.gate_,
         of.lane_,
         *of.spec_.listing,
         of.spec_.event_bytes,
         of.spec_.follow,
         {},
         {},
         side::source} {}

task<void> listing_import::work(const wishes_look&) {
    const step_gate::stay sharing(gate_);
    const unsigned at_once = concurrent_ranges(spec_.rules);
    lane_ = gate_.add_lane(gate_.add_destination(store_.endpoint, at_once));
    auto ended = co_await import_all();
    const auto missing = tell_missing();
    auto closed = co_await close_stream();
    const bool has_failed = !ended && ended.error().code != engine_errc::paused &&
                            ended.error().code != engine_errc::gap;
    if (!closed && !has_failed) {
        ended = closed.error();
        failing_ = side::destination;
    }
    from_.seen.state = "completed";
    if (ended) co_return;
    outcome_ = ended.error();
    const bool paused = outcome_->code == engine_errc::paused;
    from_.seen.state = paused ? "paused" : "failed";
    if (outcome_->code == engine_errc::gap) from_.seen.state = "completed";
    if (!paused) from_.seen.last_error = describe(*outcome_);
    if (!paused) co_await streams_->undo_reservation(stream_, was_);
    // One that follows ends in no other way: what it could not import is told nevertheless.
    if (paused && spec_.follow && !missing) outcome_ = missing.error();
}

/// Nothing is to be undone.
task<result<void>> listing_import::farewell(wish what) {
    if (from_.seen.state == "paused") from_.seen.state = name_of_end(what);
    co_return result<void>();
}

task<result<void>> listing_import::close_stream() {
    if (!writer_) co_return result<void>();
    parts_.clear();
    auto closed = co_await writer_->close();
    writer_.reset();
    co_return closed;
}

task<result<void>> listing_import::import_all() {
    listing now;
    auto begun = co_await begin(now);
    if (!begun) co_return begun;
    while (true) {
        auto imported = co_await import_listed(std::move(now));
        if (!imported) co_return imported;
        if (!spec_.follow) break;
        now = listing();
        auto listed = co_await wait_and_list(now);
        if (!listed) co_return listed;
    }
    for (const auto& part : parts_) {
        if (part->late.count() == 0) continue;
        auto told = co_await tell_latecomers(*part, part->late);
        if (!told) co_return told;
    }
    co_return tell_missing();
}

task<result<void>> listing_import::begin(listing& now) {
    auto listed = co_await list_all(run_, from_, now);
    if (!listed) co_return listed;
    const auto nothing = nothing_below(from_, now);
    if (nothing && !spec_.follow) co_return *nothing;
    if (nothing) run_.log.write(log_level::warning, nothing->where + "; waiting for some");
    failing_ = side::destination;
    auto opened = co_await open_stream(now);
    if (!opened) co_return opened;
    failing_ = side::source;
    for (const auto& part : parts_) {
        const listing_progress& reached = part->to.reached();
        left_out_before_ += reached.left_out;
        for (const std::string& each : reached.left_out_first)
            from_.seen.left_out_earlier.push_back(address_of(from_, each));
    }
    run_.log.write(
        log_level::warning,
        from_.seen.target +
            ": no commits tell checksums; whether an object is whole is known only at its end"
    );
    co_return result<void>();
}

/// It is created and reserved when it does not exist. One that has more partitions than are needed
/// now will have objects for the others later.
task<result<void>> listing_import::open_stream(const listing& now) {
    const std::uint32_t needed = by_.needed(from_.prefix, now.objects);
    auto opened = co_await streams_->open_reserved(stream_, run_.name, needed);
    if (!opened) co_return opened.error();
    writer_ = std::move(opened->to);
    was_ = opened->was;
    from_.seen.guarantee = guarantee_of(writer_->description());
    const std::uint32_t there = writer_->description().partitions;
    const bool any_number = by_.kept && by_.named.empty();
    const std::uint32_t filled = any_number ? std::max(there, needed) : needed;
    const listing_progress begin = at_the_beginning(from_, spec_.listing->sort, by_.text());
    for (std::uint32_t n = 0; n < std::min(there, filled); ++n) {
        parts_.push_back(std::make_unique<filled_partition>(*this, n, begin));
        auto recalled = co_await parts_.back()->to.recall(filled);
        if (!recalled) co_return recalled;
    }
    co_return result<void>();
}

/// What is to be imported is known of all partitions before the first one is.
task<result<void>> listing_import::import_listed(listing now) {
    if (now.start_after.empty())
        turns_.whole(now.pages);
    else
        turns_.part();
    const auto partitions = static_cast<std::uint32_t>(parts_.size());
    auto divided = divide(by_, from_.prefix, partitions, std::move(now.objects));
    if (!divided) co_return divided.error();
    for (std::uint32_t n = 0; n < partitions; ++n) {
        auto planned = co_await plan_partition(*parts_[n], std::move((*divided)[n]), now);
        if (!planned) co_return planned;
    }
    for (const auto& part : parts_) {
        const std::vector<foreign_object> objects = std::exchange(part->next, {});
        auto imported = co_await import_objects(part->at, objects);
        failing_ = part->at.failing;
        if (!imported) co_return imported;
        part->to.rest();
    }
    co_return result<void>();
}

task<result<void>> listing_import::plan_partition(
    filled_partition& part, std::vector<foreign_object> listed, const listing& now
) {
    if (!part.to.event_open()) {
        auto settled = co_await settle_half_done(part, listed);
        if (!settled) co_return settled;
    }
    const bool by_time = spec_.listing->sort == listing_sort::modified;
    listing_plan plan = plan_listing(std::move(listed), part.to.frontier());
    if (now.start_after.empty()) {
        auto looked = co_await take_latecomers(part, plan.before);
        if (!looked) co_return looked;
    }
    if (spec_.follow && by_time) hold_back(plan.objects, now.settled);
    for (const foreign_object& each : plan.objects)
        all_bytes_ += each.size;
    part.next = std::move(plan.objects);
    co_return result<void>();
}

/// An object in which the import stopped, and that is gone or another one, may be left out.
task<result<void>> listing_import::settle_half_done(
    filled_partition& part, const std::vector<foreign_object>& listed
) {
    auto same = check_half_done(listed, part.to.reached());
    if (same || !run_.rules.skip_bad) co_return same;
    const std::string key = part.to.reached().object.key;
    foreign_object instead;
    for (const foreign_object& each : listed)
        if (each.key == key) instead = each;
    auto left = co_await leave_out(part.at, same.error().where, instead);
    failing_ = part.at.failing;
    co_return left;
}

/// One that follows tells them as they are found, another one at its end.
task<result<void>>
listing_import::take_latecomers(filled_partition& part, const std::vector<foreign_object>& before) {
    listing_progress there = part.to.frontier();
    latecomers found = part.at.behind.at(before, there);
    if (!part.to.event_open()) part.to.reached().objects = there.objects;
    const std::uint64_t count = found.count();
    if (spec_.follow && count > 0) {
        auto told = co_await tell_latecomers(part, found);
        if (!told) co_return told;
    }
    constexpr std::size_t enough = 100; // to be named in a line
    for (std::string& each : found.keys) {
        if (part.late.keys.size() < enough)
            part.late.keys.push_back(std::move(each));
        else
            ++part.late.unnamed;
    }
    part.late.unnamed += found.unnamed;
    part.late.newest = std::max(part.late.newest, found.newest);
    co_return result<void>();
}

/// Once: the stream remembers that it has been done.
task<result<void>> listing_import::tell_latecomers(filled_partition& part, const latecomers& late) {
    if (spec_.follow)
        run_.log.write(log_level::warning, from_.seen.target + ": " + describe_late(late));
    remember_told(part.to.reached(), late);
    auto noted = co_await part.to.note();
    if (!noted) failing_ = side::destination;
    co_return noted;
}

task<result<void>> listing_import::wait_and_list(listing& now) {
    from_.seen.state = "waiting";
    co_await run_.control.nap(spec_.poll);
    if (run_.control.stopping()) co_return listing_failure(engine_errc::paused, "");
    const bool by_key = spec_.listing->sort == listing_sort::key && !by_.kept;
    if (by_key && !turns_.next_is_whole())
        now.start_after = parts_.front()->to.frontier().object.key;
    failing_ = side::source;
    auto listed = co_await list_all(run_, from_, now);
    from_.seen.state = "running";
    co_return listed;
}

result<void> listing_import::tell_missing() const {
    const std::vector<std::string>& left = from_.seen.left_out;
    std::string all;
    if (!left.empty())
        all = std::to_string(left.size()) + " objects were left out, as a whole or in part" +
              first_of(left);
    const std::string before = left_out_earlier(from_.seen.left_out_earlier, left_out_before_);
    if (!before.empty()) all += (all.empty() ? "" : "; ") + before;
    for (const auto& part : parts_)
        if (part->late.count() > 0) all += (all.empty() ? "" : "; ") + describe_late(part->late);
    if (all.empty()) return result<void>();
    return listing_failure(engine_errc::gap, all);
}

progress listing_import::look(double seconds) {
    target_progress& seen = from_.seen;
    seen.endpoint = store_.endpoint;
    seen.failing = from_.patient.failing();
    rate_.observe(seen.bytes, seconds);
    seen.bytes_per_second = rate_.per_second();
    seen.retries = store_.retries();
    const auto done = static_cast<double>(seen.bytes), all = static_cast<double>(all_bytes_);
    if (!spec_.follow) { // the end of one that follows is not known
        seen.percent = all > 0 ? std::min(100.0, 100 * done / all) : 100;
        seen.seconds_left = seconds_left(all - done, seen.bytes_per_second);
    }
    progress now;
    now.name = run_.name;
    now.kind = "import";
    now.targets.push_back(seen);
    return now;
}

} // namespace

std::shared_ptr<transfer_work> make_listing_import(import_parts parts) {
    return std::make_shared<listing_import>(std::move(parts));
}

} // namespace sluice
