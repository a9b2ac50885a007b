// engine: one export, spread over several executors.
#include "spread_export.hpp"

#include "../core/joint_state.hpp"
#include "common_log.hpp"
#include "export_target.hpp"
#include "lent_cursors.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/run_on.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

namespace {

/// One executor's share. All but `work`, which lives on `on`, belongs to the strand.
struct core_share {
    core_share(any_io_executor where, common_log& to, std::size_t number)
        : on(std::move(where)), log(to, number) {}

    any_io_executor on;
    share_log log;
    std::optional<transfer_run> run;
    std::shared_ptr<export_share> work;
    bool idle = false;  ///< its lanes have ended: it waits for more, or for the end
    bool begun = false; ///< there is more
    bool over = false;
    std::vector<destination_row> rows; ///< as fetched last
    progress seen;
};

class spread_export final : public transfer_work {
  public:
    spread_export(transfer::state& shared, std::vector<share_parts> shares);
    /// The first one's reader has opened the cursors of all.
    ~spread_export() override {
        while (!shares_.empty())
            shares_.pop_back();
    }

    task<void> work(const wishes_look& look_again) override {
        const std::function<task<void>(task_group&)> all = [this, &look_again](task_group& group) {
            return run_shares(group, look_again);
        };
        co_await with_task_group(run_.on, all);
    }
    void close() override {
        for (const auto& each : shares_)
            boost::asio::post(each->on, [work = each->work] { work->close(); });
    }
    bool can_seal() const override { return true; }
    void obey(const std::vector<destination_row>& wanted) override {
        for (const auto& each : shares_)
            boost::asio::post(each->on, [work = each->work, wanted] { work->obey(wanted); });
    }
    task<void> refresh(double seconds) override;
    std::vector<destination_row> observed() override;
    task<result<void>> farewell(wish what) override;
    progress look(double) override;
    std::optional<failure> outcome() const override;
    side outcome_side() const override;

  private:
    task<void> run_shares(task_group& group, const wishes_look& look_again);
    task<void> run_share(core_share& share);
    task<void> rest(core_share& share);
    task<bool> wait_for_more(core_share& share);
    task<bool> learn_what_has_begun();
    bool all_idle() const;
    std::optional<std::size_t> decisive() const;

    transfer_run& run_;
    common_log log_;
    std::vector<std::unique_ptr<core_share>> shares_;
    std::optional<lent_cursors> cursors_;
    pulse idle_, go_on_;
    bool ending_ = false;
};

spread_export::spread_export(transfer::state& shared, std::vector<share_parts> shares)
    : run_(shared.run), log_(shared.run.log), idle_(shared.run.on), go_on_(shared.run.on) {
    reader& stream = *shares.front().parts.stream;
    cursors_.emplace(run_.on, stream.description().partitions, [&stream](std::string name) {
        return stream.open_cursor(std::move(name));
    });
    for (share_parts& each : shares) {
        const std::size_t number = shares_.size();
        shares_.push_back(std::make_unique<core_share>(each.on, log_, number));
        core_share& share = *shares_.back();
        share.run.emplace(transfer_run{
            each.on,
            run_.blocking,
            run_.journal,
            share.log,
            run_control(&run_.control),
            rules_of_share(run_.rules, shares.size()),
            run_.name,
            run_.owner,
            run_.clock,
            each.steps});
        each.parts.share.number = static_cast<std::uint32_t>(number);
        each.parts.share.of = static_cast<std::uint32_t>(shares.size());
        each.parts.open_cursor = [this](std::string name) {
            return cursors_->borrow(std::move(name));
        };
        share.work = make_export(*share.run, std::move(each.parts));
    }
}

/// The whole has ended when the shares are idle together, and another look at the wishes begins
/// nothing.
task<void> spread_export::run_shares(task_group& group, const wishes_look& look_again) {
    for (const auto& each : shares_)
        group.spawn([this, &share = *each] { return run_share(share); });
    bool more = true;
    while (more) {
        while (!all_idle())
            co_await idle_.wait();
        co_await look_again();
        more = co_await learn_what_has_begun();
    }
    ending_ = true;
    go_on_.beat();
}

task<void> spread_export::run_share(core_share& share) {
    struct at_end {
        ~at_end() {
            of.idle = of.over = true;
            told.beat();
        }
        core_share& of;
        pulse& told;
    };
    const at_end told{share, idle_};
    const wishes_look resting = [this, &share] { return rest(share); };
    const auto to_end = [&share, &resting]() -> task<bool> {
        co_await share.work->work(resting);
        co_return true;
    };
    const std::function<task<bool>()> there = to_end;
    co_await run_on(share.on, there);
}

/// On the share's executor: its lanes have ended, but another one's look may begin some.
task<void> spread_export::rest(core_share& share) {
    const std::function<task<bool>()> here = [this, &share] { return wait_for_more(share); };
    co_await run_on(run_.on, here);
}

task<bool> spread_export::wait_for_more(core_share& share) {
    share.idle = true;
    idle_.beat();
    while (!ending_ && !share.begun)
        co_await go_on_.wait();
    share.begun = share.idle = false;
    co_return true;
}

bool spread_export::all_idle() const {
    return std::all_of(shares_.begin(), shares_.end(), [](const auto& each) { return each->idle; });
}

task<bool> spread_export::learn_what_has_begun() {
    bool any = false;
    for (const auto& each : shares_) {
        if (each->over) continue;
        auto ask = [&work = *each->work] { return work.is_busy(); };
        const bool busy = co_await run_blocking(each->on, ask);
        if (!busy) continue;
        each->begun = any = true;
        each->idle = false;
    }
    if (any) go_on_.beat();
    co_return any;
}

task<void> spread_export::refresh(double seconds) {
    for (const auto& each : shares_) {
        auto fetch = [&share = *each, seconds] {
            share.rows = share.work->observed();
            share.seen = share.work->look(seconds);
            return true;
        };
        co_await run_blocking(each->on, fetch);
    }
}

std::vector<destination_row> spread_export::observed() {
    std::vector<std::vector<destination_row>> all;
    for (const auto& each : shares_)
        all.push_back(each->rows);
    // Before the work has found the stream's ends there is nothing to be told.
    const auto none = [](const std::vector<destination_row>& rows) { return rows.empty(); };
    if (std::any_of(all.begin(), all.end(), none)) return {};
    return joint_rows(all);
}

progress spread_export::look(double) {
    std::vector<progress> all;
    for (const auto& each : shares_)
        all.push_back(each->seen);
    return joint_progress(all);
}

/// One share's failure costs the others nothing; the first one is told.
task<result<void>> spread_export::farewell(wish what) {
    result<void> first;
    for (const auto& each : shares_) {
        const std::function<task<result<void>>()> there = [&work = *each->work, what] {
            return work.farewell(what);
        };
        auto left = co_await run_on(each->on, there);
        if (!left && first) first = left;
    }
    co_return first;
}

std::optional<std::size_t> spread_export::decisive() const {
    std::vector<std::optional<failure>> all;
    for (const auto& each : shares_)
        all.push_back(each->work->outcome());
    return joint_outcome(all);
}

std::optional<failure> spread_export::outcome() const {
    const auto which = decisive();
    return which ? shares_[*which]->work->outcome() : std::nullopt;
}

side spread_export::outcome_side() const {
    const auto which = decisive();
    return which ? shares_[*which]->work->outcome_side() : side::destination;
}

} // namespace

std::size_t shares_of(const export_spec& spec, std::uint32_t partitions, std::size_t most) {
    return spec.ends_only ? 1 : shares_of(spec.rules, partitions, most);
}

std::shared_ptr<transfer_work>
make_spread_export(transfer::state& shared, std::vector<share_parts> shares) {
    return std::make_shared<spread_export>(shared, std::move(shares));
}

} // namespace sluice
