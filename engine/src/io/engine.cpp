// engine: the embedding door.
#include "../core/same_work.hpp"
#include "../core/transfer_names.hpp"
#include "chosen_import.hpp"
#include "destination_setting.hpp"
#include "export_run.hpp"
#include "export_target.hpp"
#include "listing_import.hpp"
#include "log_streams.hpp"
#include "repair_run.hpp"
#include "spread_export.hpp"
#include "state_look.hpp"
#include "step_gate.hpp"
#include "transfer_state.hpp"

#include <sluice/base/run_on.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/engine/state_store.hpp>
#include <sluice/stream/log_store.hpp>

#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

using start_result = boost::system::result<transfer, engine::start_failure>;

engine::start_failure at_side(const failure& why, side where) {
    engine::start_failure start;
    start.why = why;
    start.where = where;
    return start;
}

/// What a transfer is admitted as.
struct admission {
    named_work asked;
    bool resume = true; ///< a stored wish to pause is taken back
    bool keeps = false; ///< what is known of the transfer stays: it only ends some destinations
    bool mends = false; ///< and its words: somebody else's command goes on with it
};

/// As a shell reads it.
std::string name_option(const std::string& name) {
    std::string quoted;
    for (const char c : name)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return name.empty() ? "" : " --name '" + quoted + "'";
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words)
        all += (all.empty() ? "" : " ") + word;
    return all;
}

} // namespace

/// A stream's name and where it lives.
struct stream_place {
    std::string name;
    std::shared_ptr<stream_store> store;
};

struct engine::state {
    any_io_executor on;
    engine_options options;
    std::optional<boost::asio::thread_pool> own_thread;
    any_io_executor blocking;
    std::optional<boost::asio::thread_pool> own_disk;
    any_io_executor disk; ///< for streams: unlike the journal's, their calls may run side by side
    task_group transfers;
    std::list<std::weak_ptr<transfer::state>> running;
    std::vector<std::shared_ptr<step_queue>> steps; ///< of `on`, and of each of `cores`

    state(any_io_executor executor, engine_options given)
        : on(executor), options(std::move(given)), blocking(options.blocking), transfers(executor) {
        if (!options.budgets) options.budgets = std::make_shared<s3::retry_budgets>();
        if (!blocking) blocking = own_thread.emplace(1).get_executor();
        disk = blocking;
        if (own_thread && !options.cores.empty())
            disk = own_disk.emplace(1 + options.cores.size()).get_executor();
        const std::uint64_t memory = options.memory / (1 + options.cores.size());
        steps.push_back(std::make_shared<step_queue>(on, memory));
        for (const any_io_executor& each : options.cores)
            steps.push_back(std::make_shared<step_queue>(each, memory));
    }
    /// No transfer has more than there is.
    void bound(transfer_rules& rules) const {
        if (options.memory > 0) rules.memory = std::min(rules.memory, options.memory);
    }
    logger& log() const { return options.log ? *options.log : silent_logger(); }

    task<result<std::shared_ptr<transfer::state>>>
    admit(const admission& what, const transfer_rules& rules);
    task<result<std::vector<share_parts>>>
    share_out(export_parts first, const stream_description& stream, std::size_t of);
    transfer launch(std::shared_ptr<transfer::state> shared, std::shared_ptr<transfer_work> work);
    /// What is opened of them is used on `where`.
    result<stream_place> find_streams(const std::string& text, any_io_executor where) const;
    result<stream_place> find_streams(const std::string& text) const {
        return find_streams(text, on);
    }
};

namespace {

/// For one of so many shares, on `there`. Copies the spec: destinations may be added as long as the
/// export runs.
target_opener make_opener(
    any_io_executor there,
    const export_spec& spec,
    const stream_description& stream,
    const engine_options& options,
    std::size_t shares
) {
    export_spec share = spec;
    share.rules = rules_of_share(spec.rules, shares);
    share.s3.share_of_rates = 1.0 / static_cast<double>(shares);
    const auto with =
        std::make_shared<const std::pair<export_spec, engine_options>>(std::move(share), options);
    const auto in_all = traffic_of_all(there, with->first.rules, options.clock);
    return [there, with, stream, in_all, shares](
               const std::string& address, const std::string& url
           ) -> result<std::unique_ptr<export_target>> {
        const auto& [spec, options] = *with;
        const std::string found = spec.s3.endpoint_url.empty() ? url : std::string();
        const std::string whole = at_endpoint(address, found);
        auto target = open_export_target(there, spec, whole, stream, options, in_all);
        const auto parts = static_cast<unsigned>(shares);
        if (target) (*target)->concurrency = ((*target)->concurrency + parts - 1) / parts;
        return target;
    };
}

/// The source of an import, once more for each executor that does a share of it.
source_opener
reopens(const import_spec& spec, const bucket_address& from, const engine_options& options) {
    const auto rules = spec.rules;
    return [rules, with = spec.s3, from, options](
               any_io_executor there, std::size_t of, logger& log
           ) -> result<opened_store> {
        s3_options share = with;
        share.share_of_rates = 1.0 / static_cast<double>(of);
        engine_options own = options;
        own.log = &log;
        auto in_all = traffic_of_all(there, rules_of_share(rules, of), options.clock);
        return open_store(there, from, share, own, std::move(in_all));
    };
}

} // namespace

/// Opens the journal, takes the transfer's lock and stores what it is.
task<result<std::shared_ptr<transfer::state>>>
engine::state::admit(const admission& what, const transfer_rules& rules) {
    auto open = [this] { return state_store::open(options.state_file); };
    auto journal = co_await run_blocking(blocking, open);
    if (!journal) co_return journal.error();
    const std::string& name = what.asked.row.name;
    auto shared = std::make_shared<transfer::state>(
        on, blocking, std::move(*journal), log(), rules, name, options.clock, steps.front()
    );
    auto lock = shared->journal->lock_transfer(name);
    if (!lock) co_return lock.error();
    shared->lock = std::move(*lock);
    auto store = [this, &shared, &what]() -> result<void> {
        auto before = known_work(*shared->journal, what.asked, options.data_dir);
        if (!before) return before.error();
        transfer_row row = what.asked.row;
        row.holder = shared->run.owner;
        row.desired = "running";
        row.observed = "running";
        row.updated = micros_by(options.clock);
        if (what.mends && *before) {
            row.targets = (**before).row.targets;
            row.command = (**before).row.command;
        }
        if (what.keeps && *before) shared->keeps = (**before).row;
        const bool other_words = *before && (**before).row.command != row.command;
        if (other_words && !what.keeps) shared->before = std::move(*before);
        auto put = shared->journal->put_transfer(row);
        if (!put || !what.resume) return put;
        return shared->journal->set_desired(row.name, "running");
    };
    auto stored = co_await journaled(shared->run, store);
    if (!stored) co_return stored.error();
    co_return shared;
}

/// Each further share opens for itself what the first one has opened.
task<result<std::vector<share_parts>>>
engine::state::share_out(export_parts first, const stream_description& stream, std::size_t of) {
    const export_spec& spec = first.spec;
    std::vector<share_parts> all;
    all.push_back(share_parts{on, std::move(first), steps.front()});
    for (std::size_t n = 0; n + 1 < of; ++n) {
        const any_io_executor& there = options.cores[n];
        auto place = find_streams(spec.from, there);
        if (!place) co_return place.error();
        using opened = result<std::unique_ptr<reader>>;
        const std::function<task<opened>()> read = [&place] {
            return place->store->open_reader(place->name);
        };
        auto own = co_await run_on(there, read);
        if (!own) co_return own.error();
        export_parts parts{
            spec, std::move(*own), {}, make_opener(there, spec, stream, options, of)};
        for (const auto& [target, row] : all.front().parts.destinations) {
            auto again = parts.open(row.address, row.url);
            if (!again) co_return again.error();
            parts.destinations.emplace_back(std::move(*again), row);
        }
        all.push_back(share_parts{there, std::move(parts), steps[n + 1]});
    }
    co_return std::move(all);
}

transfer engine::state::launch(
    std::shared_ptr<transfer::state> shared, std::shared_ptr<transfer_work> work
) {
    running.remove_if([](const std::weak_ptr<transfer::state>& each) { return each.expired(); });
    running.push_back(shared);
    transfers.spawn([shared, work] { return supervise(shared, work); });
    return transfer(shared);
}

result<stream_place>
engine::state::find_streams(const std::string& text, any_io_executor where) const {
    const auto any = parse_any_stream_address(text);
    if (any && options.streams) {
        auto brought = options.streams(*any);
        if (!brought) return brought.error();
        if (*brought) return stream_place{any->name, std::move(*brought)};
    }
    const auto address = parse_stream_address(text);
    if (!address) return address.error();
    const std::string directory =
        address->directory.empty() ? options.data_dir : address->directory;
    log_store streams = options.files ? log_store(directory, where, disk, *options.files)
                                      : log_store(directory, where, disk);
    return stream_place{address->name, std::make_shared<log_streams>(std::move(streams))};
}

engine::engine(any_io_executor on, engine_options options)
    : state_(std::make_unique<state>(std::move(on), std::move(options))) {}

engine::~engine() = default;

task<start_result> engine::start(export_spec spec) {
    state_->bound(spec.rules);
    auto from = state_->find_streams(spec.from);
    if (!from) co_return at_side(from.error(), side::source);
    auto stream = co_await from->store->open_reader(from->name);
    if (!stream) co_return at_side(stream.error(), side::source);
    const stream_description& description = (*stream)->description();
    if (spec.rules.pausing == on_pause::automatic)
        spec.rules.pausing = description.trims ? on_pause::seal : on_pause::keep;

    const std::size_t shares =
        shares_of(spec, description.partitions, 1 + state_->options.cores.size());
    const target_opener open = make_opener(state_->on, spec, description, state_->options, shares);
    destination_setting setting(open);
    for (const std::string& address : spec.to) {
        const auto known = spec.endpoints.find(address);
        const std::string url = known == spec.endpoints.end() ? std::string() : known->second;
        auto taken = setting.take(address, url);
        if (!taken) co_return at_side(taken.error(), side::destination);
    }
    admission what;
    what.asked = setting.work_of(spec, description.incarnation);
    what.asked.row.targets = joined(setting.addresses());
    what.asked.row.command = spec.command;
    what.resume = spec.resume;
    what.keeps = spec.ends_only;
    auto admitted = co_await state_->admit(what, spec.rules);
    if (!admitted) co_return at_side(admitted.error(), side::neither);
    auto settle = [&setting, &admitted] {
        return setting.settle(*(*admitted)->journal, (*admitted)->run.name);
    };
    auto settled = co_await journaled((*admitted)->run, settle);
    if (!settled) co_await give_up_command(**admitted, settled.error());
    if (!settled) co_return at_side(settled.error(), side::destination);
    for (const std::string& each : setting.notes())
        state_->log().write(log_level::warning, each);
    export_parts first{spec, std::move(*stream), setting.take_all(), open};
    if (shares == 1) {
        auto whole = make_export((*admitted)->run, std::move(first));
        co_return state_->launch(*admitted, std::move(whole));
    }
    auto all = co_await state_->share_out(std::move(first), description, shares);
    if (!all) co_await give_up_command(**admitted, all.error());
    if (!all) co_return at_side(all.error(), side::source);
    auto spread = make_spread_export(**admitted, std::move(*all));
    co_return state_->launch(*admitted, std::move(spread));
}

task<start_result> engine::start(import_spec spec) {
    state_->bound(spec.rules);
    auto from = parse_bucket_address(spec.from);
    if (!from) co_return at_side(from.error(), side::source);
    auto to = state_->find_streams(spec.to);
    if (!to) co_return at_side(to.error(), side::destination);
    const bool told = spec.endpoint.empty() || !spec.s3.endpoint_url.empty();
    if (!told) from->options.emplace("endpoint", spec.endpoint); // unless it names its own
    auto in_all = traffic_of_all(state_->on, spec.rules, state_->options.clock);
    auto store = open_store(state_->on, *from, spec.s3, state_->options, std::move(in_all));
    if (!store) co_return at_side(store.error(), side::source);

    admission what;
    transfer_row& row = what.asked.row;
    row.kind = "import";
    row.source = to_string(*from);
    row.targets = spec.to;
    row.command = spec.command;
    row.url = store->url;
    const std::vector<std::string> identity{store->endpoint, row.source, spec.to};
    row.name = row_name(spec, derived_name("import", identity));
    what.resume = spec.resume;
    auto admitted = co_await state_->admit(what, spec.rules);
    if (!admitted) co_return at_side(admitted.error(), side::neither);
    const auto make = spec.listing ? &make_listing_import : &make_chosen_import;
    import_parts parts{**admitted, spec, *from, std::move(*store), to->store, to->name};
    for (std::size_t n = 0; n < state_->options.cores.size(); ++n)
        parts.more.push_back(import_place{state_->options.cores[n], state_->steps[n + 1]});
    parts.open = reopens(spec, *from, state_->options);
    auto work = make(std::move(parts));
    co_return state_->launch(*admitted, std::move(work));
}

task<start_result> engine::start(repair_spec spec) {
    state_->bound(spec.rules);
    auto from = state_->find_streams(spec.from);
    if (!from) co_return at_side(from.error(), side::source);
    auto prefix = parse_bucket_address(spec.prefix);
    if (!prefix) co_return at_side(prefix.error(), side::destination);
    auto stream = co_await from->store->open_reader(from->name);
    if (!stream) co_return at_side(stream.error(), side::source);
    auto target = co_await find_repair_target(state_->on, spec, **stream, state_->options);
    if (!target) co_return at_side(target.error(), side::destination);

    // The name and the words of the export that is mended: it goes on under the claim written here.
    const std::string parent = parent_of((*target)->where);
    const std::vector<std::string> identity{
        spec.from, (*stream)->description().incarnation, (*target)->endpoint + " " + parent};
    // A derived name may be given, too: claims do not know it.
    const std::string derived = derived_name("export", identity);
    const std::string given = spec.name == derived ? std::string() : spec.name;
    if (!given.empty()) (*target)->claim_transfer = given;
    admission what;
    transfer_row& row = what.asked.row;
    row.name = given.empty() ? derived : given;
    row.kind = "export";
    row.source = spec.from;
    row.targets = parent;
    row.command = "sluice export --from " + spec.from + " --to " + parent + name_option(given);
    destination_row place;
    place.target = parent;
    place.endpoint = (*target)->endpoint;
    what.asked.destinations.push_back(std::move(place));
    what.mends = true;
    auto admitted = co_await state_->admit(what, spec.rules);
    if (!admitted) co_return at_side(admitted.error(), side::neither);
    auto work = make_repair(**admitted, spec, std::move(*stream), std::move(*target));
    co_return state_->launch(*admitted, std::move(work));
}

task<void> engine::shutdown() {
    for (const auto& each : state_->running) {
        if (const auto shared = each.lock()) shared->stop(true);
    }
    co_await state_->transfers.join();
}

void throw_exception_from_error(
    const engine::start_failure& why, const boost::source_location& at
) {
    throw_exception_from_error(why.why, at);
}

} // namespace sluice
