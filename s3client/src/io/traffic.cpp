// s3client: waiting in line for requests and bytes.
#include "../core/request_rate.hpp"

#include <sluice/s3/traffic.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <list>

namespace sluice::s3 {

namespace {

using clock = std::chrono::steady_clock;

/// Rates change while somebody waits: after so long the wait is reckoned anew.
constexpr std::chrono::milliseconds reckoned_again{250};
constexpr double even_over = 0.1; // seconds: bytes that go in one run
constexpr std::size_t least_window = 4 << 10;

token_bucket::time now() {
    static const clock::time_point began = clock::now();
    return clock::now() - began;
}

} // namespace

/// Those who wait, first come first served; only the first one's timer ever expires.
struct traffic::line {
    explicit line(any_io_executor executor) : on(std::move(executor)) {}

    struct place {
        explicit place(line& in)
            : of(in),
              wake(in.on, clock::time_point::max()),
              here(in.all.insert(in.all.end(), this)) {}
        ~place() {
            const bool was_first = here == of.all.begin();
            of.all.erase(here);
            if (was_first) of.wake_first();
        }
        bool is_first() const { return of.all.front() == this; }

        line& of;
        boost::asio::steady_timer wake;
        std::list<place*>::iterator here;
    };

    void wake_first() {
        if (!all.empty()) all.front()->wake.cancel();
    }

    template <class Wait>
    bool is_open(Wait wait) const {
        return all.empty() && wait().count() <= 0;
    }
    /// `wait` tells how long until it is the first one's turn.
    template <class Wait>
    task<void> pass(Wait wait) {
        if (is_open(wait)) co_return;
        place me(*this);
        while (true) {
            auto at = clock::time_point::max();
            if (me.is_first()) {
                const token_bucket::time left = wait();
                if (left.count() <= 0) co_return;
                const auto ticks = std::chrono::ceil<clock::duration>(left);
                at = clock::now() + std::min<clock::duration>(ticks, reckoned_again);
            }
            me.wake.expires_at(at);
            boost::system::error_code ignored;
            co_await me.wake.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
        }
    }

    any_io_executor on;
    std::list<place*> all;
};

struct traffic::state {
    state(any_io_executor on, const traffic_limits& by)
        : limits(by), requests(by.requests_per_second), for_requests(on), for_bytes(std::move(on)) {
        set_bytes();
    }
    void set_bytes() {
        if (!limits.bytes_per_second) {
            bytes.reset();
            return;
        }
        if (bytes) {
            bytes->set_rate(*limits.bytes_per_second, now());
            return;
        }
        bytes.emplace(*limits.bytes_per_second, *limits.bytes_per_second * even_over);
        bytes->spend(0, now());
    }

    traffic_limits limits;
    request_rate requests;
    std::optional<token_bucket> bytes;
    line for_requests, for_bytes;
};

traffic::traffic(any_io_executor on, const traffic_limits& limits)
    : state_(std::make_unique<state>(std::move(on), limits)) {}
traffic::~traffic() = default;

void traffic::set_limits(const traffic_limits& limits) {
    state_->limits = limits;
    state_->requests.set_most(limits.requests_per_second, now());
    state_->set_bytes();
    state_->for_requests.wake_first();
    state_->for_bytes.wake_first();
}

const traffic_limits& traffic::limits() const {
    return state_->limits;
}

std::optional<double> traffic::learned_rate() const {
    return state_->requests.learned();
}

task<void> traffic::enter() {
    const auto wait = [this] { return state_->requests.wait(now()); };
    if (!state_->for_requests.is_open(wait)) co_await state_->for_requests.pass(wait);
    state_->requests.sent(now());
}

void traffic::answered(bool slow_down) {
    state_->requests.answered(slow_down, now());
}

bool traffic::limits_bytes() const {
    return state_->bytes.has_value();
}

std::size_t traffic::window(std::size_t most) const {
    if (!state_->bytes) return most;
    const auto even = static_cast<std::size_t>(state_->bytes->rate() * even_over);
    return std::min(most, std::max(even, least_window));
}

task<void> traffic::moved(std::size_t bytes) {
    const auto wait = [this] {
        return state_->bytes ? state_->bytes->wait_for(0, now()) : token_bucket::time(0);
    };
    co_await state_->for_bytes.pass(wait);
    if (state_->bytes) state_->bytes->spend(static_cast<double>(bytes), now());
}

} // namespace sluice::s3
