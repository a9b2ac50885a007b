// simulation: the life of one process: it can die at any step, or be stopped and wake up later.
#pragma once

#include <sluice/base/event.hpp>
#include <sluice/base/task.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace sluice::simulation {

/// A step is whatever the process does next: a handler, a call of the disk, a request. What happens
/// to it is drawn beforehand, by the number of the step.
class life : public std::enable_shared_from_this<life> {
  public:
    life(boost::asio::io_context& in, std::string called);

    std::string name;
    std::uint64_t dies_at = 0;    ///< step; 0: it lives
    std::uint64_t freezes_at = 0; ///< step; 0: never
    bool power_fails = false;     ///< when it dies: what was not synced may be lost
    std::function<void()> halt;   ///< ends what runs; called when it has died
    event over;                   ///< it has ended, or is frozen

    bool dead() const { return dead_; }
    bool frozen() const { return frozen_; }
    bool woke() const { return woke_; } ///< it was frozen once
    std::uint64_t steps() const { return steps_; }
    /// `at`: what it does, for those who count deaths.
    void step(const char* at = "handler");
    void thaw();

    any_io_executor executor();
    boost::asio::io_context& context() { return in_; }

    /// Runs what a handler is, or keeps it while the process is frozen.
    void run(std::unique_ptr<struct held_work> work);

  private:
    boost::asio::io_context& in_;
    std::uint64_t steps_ = 0;
    bool dead_ = false, frozen_ = false, woke_ = false;
    std::deque<std::unique_ptr<held_work>> held_;
};

struct held_work {
    virtual ~held_work() = default;
    virtual void operator()() = 0;
};

/// Whose code runs just now; null: the simulation's own.
life*& current_life();

/// An executor whose handlers are steps of a life.
class life_executor {
  public:
    using inner = boost::asio::io_context::executor_type;

    life_executor(std::shared_ptr<life> whose, inner on) : whose_(std::move(whose)), on_(on) {}

    /// What may run at once, in a process that runs just now, does: as an io_context has it. (The
    /// cancellation of coroutines relies on that.)
    template <class F>
    void execute(F work) const {
        if (!never_blocks_ && current_life() == whose_.get()) {
            std::move(work)();
            return;
        }
        struct held final : held_work {
            explicit held(F&& of) : work(std::move(of)) {}
            void operator()() override { std::move(work)(); }
            F work;
        };
        auto kept =
            std::make_shared<std::unique_ptr<held_work>>(std::make_unique<held>(std::move(work)));
        const auto posted = boost::asio::require(on_, boost::asio::execution::blocking.never);
        posted.execute([whose = whose_, kept] { whose->run(std::move(*kept)); });
    }

    boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
        return on_.context();
    }
    boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept {
        return never_blocks_
                   ? boost::asio::execution::blocking_t(boost::asio::execution::blocking.never)
                   : boost::asio::execution::blocking_t(boost::asio::execution::blocking.possibly);
    }
    life_executor require(boost::asio::execution::blocking_t::never_t) const {
        life_executor other = *this;
        other.never_blocks_ = true;
        return other;
    }
    life_executor require(boost::asio::execution::blocking_t::possibly_t) const {
        life_executor other = *this;
        other.never_blocks_ = false;
        return other;
    }

    friend bool operator==(const life_executor& a, const life_executor& b) noexcept {
        return a.whose_ == b.whose_ && a.never_blocks_ == b.never_blocks_;
    }
    friend bool operator!=(const life_executor& a, const life_executor& b) noexcept {
        return !(a == b);
    }

  private:
    std::shared_ptr<life> whose_;
    inner on_;
    bool never_blocks_ = false;
};

} // namespace sluice::simulation
