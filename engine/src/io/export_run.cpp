// engine: a whole export: one stream, several destinations, one lane per partition and destination.
#include "export_run.hpp"

#include "block_cache.hpp"
#include "export_destination.hpp"
#include "export_target.hpp"
#include "place_search.hpp"
#include "shared_source.hpp"

#include <sluice/base/task_group.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace sluice {

namespace {

/// Towards one endpoint, unless a number was asked for: at first, where there is one destination,
/// or several, which share the line and the blocks.
constexpr unsigned parts_at_once = 1, parts_at_once_each = 4;

gate_rules export_rules(const transfer_rules& rules) {
    const std::uint64_t of_blocks = rules.memory / 2;
    return gate_rules_of(rules, rules.memory / 2, of_blocks);
}

/// Of what the blocks have: that of blocks which some destinations have sent already, and others
/// not yet. Destinations may be added to an export that has begun with one.
std::uint64_t window_memory(std::uint64_t of_blocks, std::size_t targets) {
    return targets > 1 ? of_blocks / 2 : of_blocks / 4;
}

step_rules step_rules_of(std::uint64_t memory, std::size_t sources) {
    step_rules steps;
    steps.budget = memory / sources;
    steps.window = std::min(steps.window / sources, steps.budget / 2);
    return steps;
}

class export_work final : public export_share {
  public:
    export_work(transfer_run& run, export_parts parts)
        : run_(run),
          asked_end_(parts.spec.end),
          follow_(parts.spec.follow),
          stream_(std::move(parts.stream)),
          open_(std::move(parts.open)),
          at_first_(parts.destinations.size() > 1 ? parts_at_once_each : parts_at_once),
          cache_(0),
          gate_(run.on, run.steps, export_rules(run.rules)),
          grounds_{
              run_,
              *stream_,
              gate_,
              [this](object_encoding encoding, std::uint32_t partition) -> shared_source& {
                  return source_of(encoding, partition);
              },
              std::move(parts.open_cursor),
              parts.spec.ends_only,
              parts.share} {
        if (!grounds_.open_cursor)
            grounds_.open_cursor = [this](std::string name) {
                return stream_->open_cursor(std::move(name));
            };
        for (auto& [target, row] : parts.destinations)
            take_in(std::move(target), row);
    }

    task<void> work(const wishes_look& look_again) override {
        if (run_.control.stopping()) co_return;
        const step_gate::stay sharing(gate_);
        share_memory();
        for (const auto& each : destinations_)
            schedule(each->target());
        auto found = co_await find_ends();
        if (!found) {
            outcome_ = found.error();
            side_ = side::source;
            co_return;
        }
        const std::function<task<void>(task_group&)> all = [this, &look_again](task_group& group) {
            return run_lanes(group, look_again);
        };
        const forgotten_at_end at_last(group_);
        co_await with_task_group(run_.on, all);
    }

    void close() override { gate_.close(); }
    bool can_seal() const override { return true; }
    bool is_busy() const override;
    void obey(const std::vector<destination_row>& wanted) override;
    std::vector<destination_row> observed() override;
    task<result<void>> farewell(wish what) override;
    progress look(double seconds) override;
    std::optional<failure> outcome() const override;
    side outcome_side() const override { return side_; }

  private:
    task<result<void>> find_ends();
    task<void> run_lanes(task_group& group, const wishes_look& look_again);
    void share_memory();
    void schedule(export_target& target);
    void take_in(std::unique_ptr<export_target> target, const destination_row& row);
    export_destination* find(std::int64_t id);
    void take_up(const destination_row& row);
    void reject(const destination_row& row, const failure& why);
    shared_source& source_of(object_encoding encoding, std::uint32_t partition);
    std::size_t encodings() const;
    std::optional<failure> gaps() const;

    transfer_run& run_;
    places asked_end_;
    bool follow_;
    std::unique_ptr<reader> stream_;
    target_opener open_;
    unsigned at_first_;
    std::uint64_t window_memory_ = 0; ///< of blocks on their way to several destinations
    block_cache cache_;
    step_gate gate_;
    export_grounds grounds_;
    std::vector<std::unique_ptr<export_destination>> destinations_;
    std::vector<destination_row> wanted_;              ///< as it was told last
    std::map<std::int64_t, destination_row> rejected_; ///< that could not be opened
    std::vector<std::optional<position>> limits_;      ///< by partition, where --end says one
    std::vector<stream_bounds> bounds_;                ///< by partition, as the work found them
    line_book lines_;
    std::map<std::pair<object_encoding, std::uint32_t>, std::unique_ptr<shared_source>> sources_;
    task_group* group_ = nullptr; ///< of the lanes, while there are any
    std::optional<failure> outcome_;
    side side_ = side::destination;
};

/// What the blocks have is known when it is known what there is.
void export_work::share_memory() {
    window_memory_ = window_memory(gate_.beside(), destinations_.size());
    cache_.set_budget(gate_.beside() - window_memory_);
}

void export_work::schedule(export_target& target) {
    const unsigned asked = target.concurrency > 0 ? target.concurrency : run_.rules.concurrency;
    target.scheduled = gate_.add_destination(target.endpoint, asked, at_first_, target.weight);
    target.concurrency = asked > 0 ? asked : most_at_once;
}

void export_work::take_in(std::unique_ptr<export_target> target, const destination_row& row) {
    if (gate_.joined()) schedule(*target);
    destinations_.push_back(std::make_unique<export_destination>(grounds_, std::move(target), row));
    if (!bounds_.empty()) destinations_.back()->take_bounds(bounds_);
}

/// One-shot: the export ends at the end that the stream has now.
task<result<void>> export_work::find_ends() {
    for (std::uint32_t n = 0; n < stream_->description().partitions; ++n) {
        if (!grounds_.share.has(n)) {
            limits_.emplace_back();
            bounds_.emplace_back();
            continue;
        }
        auto bounds = co_await stream_->bounds(n);
        if (!bounds) co_return bounds.error();
        auto end = co_await find_place(*stream_, asked_end_.of(n), n, *bounds);
        if (!end) co_return end.error();
        limits_.push_back(*end);
        if (*end) bounds->end = std::min(bounds->end, **end);
        bounds_.push_back(*bounds);
    }
    for (const auto& each : destinations_)
        each->take_bounds(bounds_);
    co_return result<void>();
}

shared_source& export_work::source_of(object_encoding encoding, std::uint32_t partition) {
    auto& source = sources_[{encoding, partition}];
    if (!source) {
        format_context context;
        context.stream = stream_->description().name;
        context.incarnation = stream_->description().incarnation;
        context.partition = partition;
        const auto id = static_cast<std::uint32_t>(sources_.size());
        source = std::make_unique<shared_source>(
            run_.on,
            step_rules_of(window_memory_, grounds_.share.count(bounds_.size()) * encodings()),
            lines_,
            *stream_,
            cache_,
            id,
            encoding,
            std::move(context),
            bounds_[partition].end
        );
        if (follow_) source->blocks.follow(limits_[partition]);
    }
    return *source;
}

std::size_t export_work::encodings() const {
    std::set<object_encoding> all;
    for (const auto& each : destinations_)
        all.insert(each->target().encoding);
    return all.size();
}

bool export_work::is_busy() const {
    return std::any_of(destinations_.begin(), destinations_.end(), [](const auto& each) {
        return each->is_busy();
    });
}

export_destination* export_work::find(std::int64_t id) {
    for (const auto& each : destinations_)
        if (each->id() == id) return each.get();
    return nullptr;
}

task<void> export_work::run_lanes(task_group& group, const wishes_look& look_again) {
    group_ = &group;
    const std::vector<destination_row> wanted = std::move(wanted_);
    obey(wanted);
    for (const auto& each : destinations_)
        each->start_due(group);
    co_await join_for_good(group, look_again);
}

/// Whatever another process, or the host, wants of the destinations: also of new ones.
void export_work::obey(const std::vector<destination_row>& wanted) {
    wanted_ = wanted;
    for (const destination_row& row : wanted) {
        export_destination* known = find(row.id);
        const bool elsewhere = known && known->row().address != row.address;
        if (known && elsewhere && known->is_removed() && !known->is_busy()) {
            std::erase_if(destinations_, [known](const auto& each) { return each.get() == known; });
            known = nullptr;
        }
        if (known) {
            known->obey(row);
            if (group_) known->start_due(*group_);
        } else if (group_ && wish_of(row.desired) < wish::stop) {
            take_up(row);
        } else if (group_ && row.added && row.desired == "removed" && row.endpoint.empty()) {
            // Nobody has ever opened it: there is nothing to be given back.
            rejected_[row.id] = row;
            rejected_[row.id].observed = "removed";
        }
    }
}

/// A destination that has become part of the transfer while it runs.
void export_work::take_up(const destination_row& row) {
    const auto before = rejected_.find(row.id);
    if (before != rejected_.end() && before->second.address == row.address) return;
    auto target = open_(row.address, row.url);
    if (!target) {
        reject(row, target.error());
        return;
    }
    for (const auto& each : destinations_) {
        if (each->is_removed() || !same_place(each->target(), **target)) continue;
        reject(row, given_twice(each->target(), **target));
        return;
    }
    rejected_.erase(row.id);
    take_in(std::move(*target), row);
    destinations_.back()->start_due(*group_);
}

void export_work::reject(const destination_row& row, const failure& why) {
    run_.log.write(log_level::warning, "not added: " + describe(why));
    destination_row told = row;
    told.observed = "failed";
    told.last_error = describe(why);
    rejected_[row.id] = std::move(told);
}

std::vector<destination_row> export_work::observed() {
    std::vector<destination_row> rows;
    if (bounds_.empty()) return rows;
    for (const auto& each : destinations_)
        rows.push_back(each->observed());
    for (const auto& [id, row] : rejected_)
        rows.push_back(row);
    return rows;
}

/// One destination's failure costs the others nothing; the first one is told.
task<result<void>> export_work::farewell(wish what) {
    if (bounds_.empty()) {
        auto found = co_await find_ends();
        if (!found) co_return found;
    }
    result<void> first;
    for (const auto& each : destinations_) {
        auto left = co_await each->farewell(what);
        if (!left && first) first = left;
    }
    co_return first;
}

/// A failure tells more than a pause that happened beside it.
std::optional<failure> export_work::outcome() const {
    if (outcome_) return outcome_;
    const export_destination* first = nullptr;
    std::optional<failure> paused;
    for (const auto& each : destinations_) {
        if (each->failed_as() > 0 && (!first || each->failed_as() < first->failed_as()))
            first = each.get();
        if (!paused) paused = each->outcome();
    }
    if (first && first->outcome()) return first->outcome();
    if (!paused && grounds_.ends_only) {
        paused = failure();
        paused->code = engine_errc::paused;
    }
    return paused ? paused : gaps();
}

/// A run that recorded gaps has finished, and yet something is missing.
std::optional<failure> export_work::gaps() const {
    std::string all;
    for (const auto& destination : destinations_) {
        const export_target& target = destination->target();
        for (const std::string& each : target.gaps)
            all += (all.empty() ? "" : "; ") + target.address + ": events " + each;
    }
    if (all.empty()) return std::nullopt;
    failure missing;
    missing.code = engine_errc::gap;
    missing.where = all;
    return missing;
}

progress export_work::look(double seconds) {
    progress now;
    now.name = run_.name;
    now.kind = "export";
    for (const auto& [key, source] : sources_)
        now.source_bytes_read += source->blocks.bytes_read();
    for (const auto& each : destinations_)
        now.targets.push_back(each->look(seconds));
    return now;
}

} // namespace

bool same_place(const export_target& one, const export_target& two) {
    return one.endpoint == two.endpoint && one.where.bucket == two.where.bucket &&
           one.where.folder == two.where.folder;
}

failure given_twice(const export_target& first, const export_target& second) {
    failure why;
    why.code = engine_errc::usage;
    why.where = "--to " + second.address + " is the same place as --to " + first.address +
                "; give each destination once";
    return why;
}

std::shared_ptr<export_share> make_export(transfer_run& run, export_parts parts) {
    return std::make_shared<export_work>(run, std::move(parts));
}

} // namespace sluice
