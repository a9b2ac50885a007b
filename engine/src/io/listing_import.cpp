// engine: an import of objects that nobody committed: what a listing shows, one after the other.
#include "listing_import.hpp"

#include "../core/left_out.hpp"
#include "../core/listing_follow.hpp"
#include "../core/rate_meter.hpp"
#include "foreign_import.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

failure listing_failure(boost::system::error_code code, std::string where) {
    failure why;
    why.code = code;
    why.where = std::move(where);
    return why;
}

scheduler_limits listing_limits(const transfer_rules& rules) {
    scheduler_limits limits;
    limits.memory = rules.memory;
    limits.steps = limits.steps_per_destination = concurrent_ranges(rules);
    return limits;
}

lane_id lane_of(step_gate& gate) {
    return gate.rules().add_lane(gate.rules().add_destination());
}

class listing_import final : public transfer_work {
  public:
    explicit listing_import(import_parts parts)
        : run_(parts.shared.run),
          follow_(parts.spec.follow),
          poll_(parts.spec.poll),
          store_(std::move(parts.store)),
          streams_(std::move(parts.streams)),
          from_(make_foreign_source(
              store_.use(),
              parts.from,
              parts.spec.listing->shard,
              parts.spec.partitions,
              parts.spec.rules.retry_for
          )),
          to_(std::move(parts.stream), at_the_beginning(from_, parts.spec.listing->sort), from_.seen
          ),
          gate_(run_.on, listing_limits(parts.spec.rules)),
          at_{run_,
              from_,
              to_,
              gate_,
              lane_of(gate_),
              *parts.spec.listing,
              parts.spec.event_bytes,
              parts.spec.follow,
              {},
              {},
              side::source} {}

    task<void> work(const wishes_look&) override;
    void close() override { gate_.close(); }
    progress look(double seconds) override;
    std::optional<failure> outcome() const override { return outcome_; }
    side outcome_side() const override { return at_.failing; }

  private:
    task<result<void>> import_all();
    task<result<void>> begin(listing& now);
    task<result<void>> import_listed(listing now);
    task<result<void>> settle_half_done(const listing& now);
    task<result<void>> take_latecomers(const std::vector<foreign_object>& before);
    task<result<void>> tell_latecomers(const latecomers& late);
    task<result<void>> wait_and_list(listing& now);
    result<void> tell_missing() const;

    transfer_run& run_;
    bool follow_;
    std::chrono::milliseconds poll_;
    opened_store store_;
    std::shared_ptr<stream_store> streams_;
    foreign_source from_;
    listing_target to_;
    step_gate gate_;
    foreign_import at_;
    listing_turns turns_;
    latecomers late_;                   ///< of the whole run
    std::uint64_t left_out_before_ = 0; ///< objects, by runs before this one
    std::uint64_t all_bytes_ = 0;
    rate_meter rate_;
    std::optional<failure> outcome_;
};

task<void> listing_import::work(const wishes_look&) {
    auto ended = co_await import_all();
    auto closed = co_await to_.close();
    if (!closed && ended) {
        ended = closed.error();
        at_.failing = side::destination;
    }
    from_.seen.state = "completed";
    if (ended) co_return;
    outcome_ = ended.error();
    const bool paused = outcome_->code == engine_errc::paused;
    from_.seen.state = paused ? "paused" : "failed";
    if (outcome_->code == engine_errc::gap) from_.seen.state = "completed";
    if (!paused) from_.seen.last_error = describe(*outcome_);
    if (!paused) co_await to_.undo(*streams_);
    // One that follows ends in no other way: what it could not import is told nevertheless.
    const auto missing = tell_missing();
    if (paused && follow_ && !missing) outcome_ = missing.error();
}

task<result<void>> listing_import::import_all() {
    listing now;
    auto begun = co_await begin(now);
    if (!begun) co_return begun;
    while (true) {
        auto imported = co_await import_listed(std::move(now));
        if (!imported) co_return imported;
        if (!follow_) break;
        now = listing();
        auto listed = co_await wait_and_list(now);
        if (!listed) co_return listed;
    }
    if (late_.count() > 0) {
        auto told = co_await tell_latecomers(late_);
        if (!told) co_return told;
    }
    co_return tell_missing();
}

task<result<void>> listing_import::begin(listing& now) {
    at_.failing = side::source;
    auto listed = co_await list_all(run_, from_, now);
    if (!listed) co_return listed;
    const bool nothing = now.objects.empty() && now.of_others == 0;
    if (nothing && !follow_) co_return nothing_below(from_);
    if (nothing)
        run_.log.write(log_level::warning, nothing_below(from_).where + "; waiting for some");
    at_.failing = side::destination;
    auto opened = co_await to_.open(*streams_, run_.name);
    if (!opened) co_return opened;
    at_.failing = side::source;
    left_out_before_ = to_.reached().left_out;
    for (const std::string& each : to_.reached().left_out_first)
        from_.seen.left_out_earlier.push_back(address_of(from_, each));
    run_.log.write(
        log_level::warning,
        from_.seen.target +
            ": no commits tell checksums; whether an object is whole is known only at its end"
    );
    co_return result<void>();
}

task<result<void>> listing_import::import_listed(listing now) {
    if (!to_.event_open()) {
        auto settled = co_await settle_half_done(now);
        if (!settled) co_return settled;
    }
    const bool whole = now.start_after.empty();
    const bool by_time = at_.options.sort == listing_sort::modified;
    listing_plan plan = plan_listing(std::move(now.objects), to_.frontier());
    if (whole) {
        turns_.whole(now.pages);
        auto looked = co_await take_latecomers(plan.before);
        if (!looked) co_return looked;
    } else {
        turns_.part();
    }
    plan.before = {};
    if (follow_ && by_time) hold_back(plan.objects, now.settled);
    for (const foreign_object& each : plan.objects)
        all_bytes_ += each.size;
    auto imported = co_await import_objects(at_, plan.objects);
    co_return imported;
}

/// An object in which the import stopped, and that is gone or another one, may be left out.
task<result<void>> listing_import::settle_half_done(const listing& now) {
    auto same = check_half_done(now.objects, to_.reached());
    if (same || !run_.rules.skip_bad) co_return same;
    const std::string key = to_.reached().object.key;
    foreign_object instead;
    for (const foreign_object& each : now.objects)
        if (each.key == key) instead = each;
    auto left = co_await leave_out(at_, same.error().where, instead);
    co_return left;
}

/// One that follows tells them as they are found, another one at its end.
task<result<void>> listing_import::take_latecomers(const std::vector<foreign_object>& before) {
    listing_progress there = to_.frontier();
    latecomers found = at_.behind.at(before, there);
    if (!to_.event_open()) to_.reached().objects = there.objects;
    const std::uint64_t count = found.count();
    if (follow_ && count > 0) {
        auto told = co_await tell_latecomers(found);
        if (!told) co_return told;
    }
    constexpr std::size_t enough = 100; // to be named in a line
    for (std::string& each : found.keys) {
        if (late_.keys.size() < enough)
            late_.keys.push_back(std::move(each));
        else
            ++late_.unnamed;
    }
    late_.unnamed += found.unnamed;
    late_.newest = std::max(late_.newest, found.newest);
    co_return result<void>();
}

/// Once: the stream remembers that it has been done.
task<result<void>> listing_import::tell_latecomers(const latecomers& late) {
    if (follow_) run_.log.write(log_level::warning, from_.seen.target + ": " + describe_late(late));
    remember_told(to_.reached(), late);
    auto noted = co_await to_.note();
    if (!noted) at_.failing = side::destination;
    co_return noted;
}

task<result<void>> listing_import::wait_and_list(listing& now) {
    from_.seen.state = "waiting";
    co_await run_.control.nap(poll_);
    if (run_.control.stopping()) co_return listing_failure(engine_errc::paused, "");
    const bool by_key = at_.options.sort == listing_sort::key;
    if (by_key && !turns_.next_is_whole()) now.start_after = to_.frontier().object.key;
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
    if (late_.count() > 0) all += (all.empty() ? "" : "; ") + describe_late(late_);
    if (all.empty()) return result<void>();
    return listing_failure(engine_errc::gap, all);
}

progress listing_import::look(double seconds) {
    target_progress& seen = from_.seen;
    rate_.observe(seen.bytes, seconds);
    seen.bytes_per_second = rate_.per_second();
    seen.retries = store_.retries();
    const auto done = static_cast<double>(seen.bytes), all = static_cast<double>(all_bytes_);
    if (!follow_) { // the end of one that follows is not known
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
