// s3client: lending, taking back, throwing away.
#include "connection_pool.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

connection_pool::connection_pool(
    any_io_executor on, network& through, const client_limits& limits, client_stats& stats
)
    : network_(through), limits_(limits), stats_(stats), free_(std::move(on), limits.connections) {}

connection_pool::lease::lease(connection_pool& pool, permits::lease permit)
    : pool_(&pool), permit_(std::move(permit)) {
    pool_->count();
}

connection_pool::lease::lease(lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      permit_(std::move(other.permit_)),
      what_(std::move(other.what_)),
      was_idle_(other.was_idle_) {}

connection_pool::lease& connection_pool::lease::operator=(lease&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    pool_ = std::exchange(other.pool_, nullptr);
    permit_ = std::move(other.permit_);
    what_ = std::move(other.what_);
    was_idle_ = other.was_idle_;
    return *this;
}

void connection_pool::lease::give_back() noexcept {
    if (pool_ == nullptr) return;
    // Before the permit goes back, so that whoever waits for it finds the connection.
    if (what_ && what_->may_be_kept()) pool_->keep(std::move(what_));
    what_.reset();
    permit_.release();
    std::exchange(pool_, nullptr)->count();
}

std::optional<connection_pool::lease>
connection_pool::take_at_once(const server_address& to, bool fresh) {
    if (fresh || idle_.empty()) return std::nullopt;
    auto permit = free_.try_acquire(1);
    if (!permit) return std::nullopt;
    lease lent(*this, std::move(*permit));
    lent.what_ = take_idle(to);
    if (!lent.what_) return std::nullopt;
    lent.was_idle_ = true;
    count();
    return std::optional<lease>(std::move(lent));
}

task<result<connection_pool::lease>>
connection_pool::acquire(const server_address& to, bool fresh, deadline by) {
    auto permit = co_await free_.acquire(1, by);
    if (!permit) {
        failure why;
        why.code = s3_errc::timed_out;
        why.where = "all " + std::to_string(limits_.connections) + " connections stayed in use";
        co_return why;
    }
    lease lent(*this, std::move(*permit));
    if (!fresh) lent.what_ = take_idle(to);
    lent.was_idle_ = lent.what_ != nullptr;
    count();
    if (!lent.what_) {
        auto stream = co_await network_.connect(to, by);
        if (!stream) co_return stream.error();
        ++stats_.connections_opened;
        if (!last_server_ || *last_server_ != to)
            last_server_ = std::make_shared<const server_address>(to);
        body_counters counters{stats_.bytes_sent, stats_.bytes_received};
        lent.what_ = std::make_unique<connection>(
            std::move(*stream), last_server_, limits_, counters, spare_
        );
    }
    co_return std::move(lent);
}

std::unique_ptr<connection> connection_pool::take_idle(const server_address& to) {
    const auto now = std::chrono::steady_clock::now();
    const auto unfit = [&](const idle_connection& each) {
        return !may_reuse(now - each.since, each.what->has_input(), limits_.max_idle_age);
    };
    while (true) {
        const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& each) {
            return each.what->server() == to;
        });
        if (found == idle_.rend()) break;
        const bool fit = !unfit(*found);
        auto what = std::move(found->what);
        idle_.erase(std::next(found).base());
        if (fit) return what;
    }
    // None left for that server: a good moment to let go of the aged ones of others.
    idle_.erase(std::remove_if(idle_.begin(), idle_.end(), unfit), idle_.end());
    return nullptr;
}

void connection_pool::keep(std::unique_ptr<connection> what) {
    what->rest();
    idle_.push_back({std::move(what), std::chrono::steady_clock::now()});
}

void connection_pool::close_idle() {
    idle_.clear();
    count();
}

void connection_pool::count() {
    stats_.connections_idle = idle_.size();
    stats_.connections_busy = static_cast<std::size_t>(free_.total() - free_.available());
}

} // namespace sluice::s3
