// engine: cursors of a stream that coroutines on several executors move.
#include "lent_cursors.hpp"

#include "raised.hpp"

#include <sluice/base/run_on.hpp>

#include <utility>
#include <vector>

namespace sluice {

namespace {

/// What one borrower sees: places of other partitions are those at its beginning.
class lent_cursor final : public cursor {
  public:
    lent_cursor(any_io_executor strand, std::shared_ptr<cursor> of, std::uint32_t partitions)
        : strand_(std::move(strand)), of_(std::move(of)), note_(of_->note()) {
        for (std::uint32_t n = 0; n < partitions; ++n)
            places_.push_back(of_->at(n));
    }

    std::optional<position> at(std::uint32_t partition) const override {
        return partition < places_.size() ? places_[partition] : std::nullopt;
    }
    std::string note() const override { return note_; }
    task<result<void>> move(position to) override {
        const std::function<task<result<void>>()> there = [this, to] { return of_->move(to); };
        auto moved = co_await run_on(strand_, there);
        if (moved && to.partition < places_.size()) places_[to.partition] = to;
        co_return moved;
    }

  private:
    any_io_executor strand_;
    std::shared_ptr<cursor> of_;
    std::string note_;
    std::vector<std::optional<position>> places_;
};

} // namespace

task<result<std::shared_ptr<cursor>>> lent_cursors::find(std::string name) {
    while (opening_)
        co_await turn_.wait();
    std::weak_ptr<cursor>& known = lent_[name];
    if (auto open = known.lock()) co_return open;
    const raised now(opening_, turn_);
    auto opened = co_await open_(std::move(name));
    if (!opened) co_return opened.error();
    std::shared_ptr<cursor> all = std::move(*opened);
    known = all;
    co_return all;
}

task<result<std::unique_ptr<cursor>>> lent_cursors::borrow(std::string name) {
    using lent = result<std::unique_ptr<cursor>>;
    const auto lend = [this, &name]() -> task<lent> {
        auto found = co_await find(name);
        if (!found) co_return found.error();
        std::unique_ptr<cursor> mine =
            std::make_unique<lent_cursor>(strand_, std::move(*found), partitions_);
        co_return std::move(mine);
    };
    const std::function<task<lent>()> there = lend;
    auto borrowed = co_await run_on(strand_, there);
    co_return borrowed;
}

} // namespace sluice
