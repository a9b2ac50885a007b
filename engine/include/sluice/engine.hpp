// engine: the embedding door. Start transfers, watch them, pause and resume them from any thread.
#pragma once

#include <sluice/base/clock.hpp>
#include <sluice/base/log.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/own_store.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/s3/credentials.hpp>
#include <sluice/s3/retry_budgets.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

namespace log {
class file_system;
}

struct engine_options {
    std::string data_dir;   ///< where `log:NAME` lives
    std::string state_file; ///< SQLite journal
    s3::environment
        environment;        ///< where credentials and settings are read; empty: the process's own
    logger* log = nullptr;  ///< not owned; null: silent
    store_bringer stores;   ///< instead of clients of S3; empty: these
    stream_bringer streams; ///< besides the embedded log, or instead of it; empty: only that
    /// The time of day: of what is written down, and by which requests are signed (corrected where
    /// a store's clock differs). Empty: the machine's own. Waiting and patience go by the steady
    /// clock of the executor's timers.
    wall_clock clock;
    /// What retries may cost at each server, all transfers together; null: the engine's own.
    std::shared_ptr<s3::retry_budgets> budgets;
    /// Where calls that block are made (fdatasync, SQLite); empty: on threads of the engine's own,
    /// one, and with `cores` more for streams. `on` will do, too, where blocking it does no harm.
    any_io_executor blocking;
    /// Bytes of buffers, all transfers together; 0: each by its own `transfer_rules::memory` alone,
    /// which in any case bounds what it takes of this. Spread evenly over the executor and `cores`.
    /// Permits to move a part or a range are leased from it; what an export keeps of blocks (those
    /// that some destinations have sent and others not yet, and those that are wanted again) is set
    /// aside when it begins: half of its own memory, or a half of what is left of half the budget
    /// if that is less. A destination's only step waits for nobody's memory: the budget may be
    /// exceeded by one step each.
    std::uint64_t memory = 0;
    log::file_system* files = nullptr; ///< of `log:` streams; not owned; null: the machine's own
    /// More executors, each a strand or a single-threaded context that a thread of its own runs: an
    /// export or import of several partitions is spread over the engine's executor and these. Each
    /// has a share of the partitions, of the memory and of the rates, with readers and clients of
    /// its own; an import's writer hands the partitions over (writer::hand_over), or the import
    /// stays on the engine's executor. `log`, `clock`, `environment` and whatever `stores` and
    /// `streams` bring are used from all of them then. They must run until the engine has been
    /// destroyed. Imports by listing and repairs stay on the engine's executor.
    std::vector<any_io_executor> cores;
};

/// How a transfer ended. `outcome` is set when it did not finish: engine_errc::paused with
/// resumable state, fenced …
struct report {
    progress final;
    std::optional<failure> outcome; ///< nullopt: everything done
    side outcome_side = side::neither;
};

/// A running transfer. Copies share it. pause, resume and snapshot: any thread, any time.
class transfer {
  public:
    const std::string& name() const;
    /// No new step starts; running ones drain within `rules.drain`, then are cut. `wait` then ends
    /// with `paused`.
    void pause();
    /// Ends the objects under way, publishes them and releases the claims: `wait` ends with
    /// `stopped`, and anybody may export there.
    void stop();
    /// Aborts what is under way, releases the claims and leaves nothing that no commit names:
    /// `wait` ends with `cancelled`.
    void cancel();
    /// Like pause, but running steps are cut at once.
    void halt();

    /// The same for one destination, named by its address (empty: all of them), or for one
    /// partition towards it; `resume` takes it back. Such a wish is stored: it stands until it is
    /// taken back, also when the transfer is started again. What cannot be done (no such
    /// destination) is a warning in the log. The transfer ends, with `paused`, when all that is
    /// not paused has ended. Of imports: pause and resume of partitions.
    void pause(std::string destination, std::optional<std::uint32_t> partition = std::nullopt);
    void resume(std::string destination, std::optional<std::uint32_t> partition = std::nullopt);
    void stop(std::string destination, std::optional<std::uint32_t> partition = std::nullopt);
    void cancel(std::string destination, std::optional<std::uint32_t> partition = std::nullopt);
    /// Of an export: another destination, with options of its own behind a `?` (`start` too); it is
    /// one of the transfer from then on. `remove_destination` stops it and takes it out.
    void add_destination(std::string address);
    void remove_destination(std::string address);

    progress snapshot() const;
    /// Ends with the transfer. One waiter. Cancellation: terminal; the transfer goes on.
    task<report> wait();

    struct state;
    explicit transfer(std::shared_ptr<state> shared) : state_(std::move(shared)) {}

  private:
    std::shared_ptr<state> state_;
};

/// Runs on the executor it is given (a strand or a single-threaded context) and starts threads of
/// its own for calls that block, unless it is told where to make these: one, and with `cores` one
/// more for each executor. Every transfer must have ended before the engine is destroyed.
class engine {
  public:
    engine(any_io_executor on, engine_options options);
    ~engine();

    /// Checks the spec, opens source and destinations, takes the transfer's lock, and starts.
    /// Failures of this stage tell in `start_failure::where` on which side they arose.
    struct start_failure {
        failure why;
        side where = side::neither;
    };
    task<boost::system::result<transfer, start_failure>> start(export_spec spec);
    task<boost::system::result<transfer, start_failure>> start(import_spec spec);
    /// Mends what an export left in its folder; runs as (and never beside) the export of that
    /// stream to that folder. Ends with engine_errc::gap when something could not be mended.
    task<boost::system::result<transfer, start_failure>> start(repair_spec spec);

    /// Halts what runs and waits until it has ended: before the engine is destroyed.
    task<void> shutdown();

  private:
    struct state;
    std::unique_ptr<state> state_;
};

[[noreturn]] void
throw_exception_from_error(const engine::start_failure& why, const boost::source_location& at);

} // namespace sluice
