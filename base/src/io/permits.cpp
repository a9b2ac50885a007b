// base: the queue in front of a counted resource.
#include <sluice/base/error.hpp>
#include <sluice/base/permits.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <list>

namespace sluice {

namespace {

/// One coroutine in the queue; lives in its frame.
struct permit_waiter {
    boost::asio::steady_timer wake;
    std::uint64_t need;
    bool granted = false;
};

using permit_queue = std::list<permit_waiter*>;

} // namespace

struct permits::state {
    any_io_executor executor;
    std::uint64_t total;
    std::uint64_t free;
    permit_queue queue;

    /// Strictly in order: who stands first is never passed by one who needs less.
    void serve() {
        while (!queue.empty() && queue.front()->need <= free) {
            permit_waiter& next = *queue.front();
            queue.pop_front();
            free -= next.need;
            next.granted = true;
            next.wake.cancel();
        }
    }
};

namespace {

/// Takes its waiter out of the queue, however the frame ends, and lets the next one in.
template <class State>
struct permit_place {
    std::shared_ptr<State> in;
    permit_waiter& who;

    ~permit_place() {
        in->queue.remove(&who);
        in->serve();
    }
};

} // namespace

permits::permits(any_io_executor on, std::uint64_t total)
    : state_(std::make_shared<state>(state{std::move(on), total, total, {}})) {}

permits::~permits() = default;

task<permits::lease> permits::acquire(std::uint64_t count) {
    auto granted = co_await acquire(count, deadline::never());
    co_return std::move(granted.value());
}

std::optional<permits::lease> permits::try_acquire(std::uint64_t count) {
    const std::uint64_t need = std::min(count, state_->total);
    if (!state_->queue.empty() || need > state_->free) return std::nullopt;
    state_->free -= need;
    return lease(*this, need);
}

task<result<permits::lease>> permits::acquire(std::uint64_t count, deadline by) {
    const std::shared_ptr<state> shared = state_;
    if (auto at_once = try_acquire(count)) co_return std::move(*at_once);
    const std::uint64_t need = std::min(count, shared->total);
    permit_waiter waiter{boost::asio::steady_timer(shared->executor, by.when()), need};
    shared->queue.push_back(&waiter);
    boost::system::error_code woken;
    {
        const permit_place<state> place{shared, waiter};
        co_await waiter.wake.async_wait(boost::asio::redirect_error(use_awaitable, woken));
    }
    // Granted wins over cancelled: the lease then goes to the caller, whose next await throws.
    if (waiter.granted) co_return lease(*this, need);
    if (woken) throw boost::system::system_error(woken, "permits");
    failure late;
    late.code = errc::timed_out;
    co_return late;
}

std::uint64_t permits::available() const {
    return state_->free;
}

std::uint64_t permits::total() const {
    return state_->total;
}

void permits::give(std::uint64_t count) {
    BOOST_ASSERT(count <= state_->total - state_->free);
    state_->free += count;
    state_->serve();
}

void permits::lease::release() {
    if (permits* from = std::exchange(from_, nullptr)) from->give(std::exchange(count_, 0));
}

} // namespace sluice
