// s3client: waiting in line for requests and bytes.
#include "../core/request_rate.hpp"

#include <sluice/s3/traffic.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <ctime>
#include <list>

namespace sluice::s3 {

namespace {

using clock = std::chrono::steady_clock;

/// Rates change while somebody waits: after so long the wait is reckoned anew.
constexpr std::chrono::milliseconds reckoned_again{250};
constexpr std::chrono::seconds between_looks{1}; ///< at the time of day
constexpr double even_over = 0.1;                // seconds: bytes that go in one run
constexpr std::size_t least_window = 4 << 10;

token_bucket::time now() {
    static const clock::time_point began = clock::now();
    return clock::now() - began;
}

/// Since Monday 00:00, local time.
unsigned minute_of_week(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    constexpr int days = 7, monday = 1;
    const int day = (local.tm_wday + days - monday) % days;
    return static_cast<unsigned>((day * 24 + local.tm_hour) * 60 + local.tm_min);
}

} // namespace

traffic_limits traffic_limits::times(double part) const {
    traffic_limits parts = *this;
    if (parts.bytes_per_second) *parts.bytes_per_second *= part;
    if (parts.requests_per_second) *parts.requests_per_second *= part;
    parts.bytes_by_time = bytes_by_time.times(part);
    parts.requests_by_time = requests_by_time.times(part);
    return parts;
}

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
        : limits(by), for_requests(on), for_bytes(std::move(on)) {
        put_in_force();
    }

    void put_in_force() {
        bytes_rate = limits.bytes_per_second;
        requests_rate = limits.requests_per_second;
        const bool by_time = !limits.bytes_by_time.empty() || !limits.requests_by_time.empty();
        const unsigned minute = by_time ? minute_of_week(now_by(limits.clock)) : 0;
        if (!limits.bytes_by_time.empty()) bytes_rate = limits.bytes_by_time.at(minute);
        if (!limits.requests_by_time.empty()) requests_rate = limits.requests_by_time.at(minute);
        requests.set_most(requests_rate, now());
        set_bytes();
        look_again = by_time ? now() + between_looks : token_bucket::time::max();
    }
    void set_bytes() {
        if (!bytes_rate) {
            bytes.reset();
            return;
        }
        if (bytes) {
            bytes->set_rate(*bytes_rate, now());
            return;
        }
        bytes.emplace(*bytes_rate, *bytes_rate * even_over);
        bytes->spend(0, now());
    }
    /// Rates that go by the time of day are those of now.
    void keep_time() {
        if (now() < look_again) return;
        const auto bytes_before = bytes_rate, requests_before = requests_rate;
        put_in_force();
        if (bytes_rate != bytes_before) for_bytes.wake_first();
        if (requests_rate != requests_before) for_requests.wake_first();
    }

    traffic_limits limits;
    std::optional<double> bytes_rate, requests_rate; ///< now
    token_bucket::time look_again{};
    request_rate requests;
    std::optional<token_bucket> bytes;
    line for_requests, for_bytes;
};

traffic::traffic(any_io_executor on, const traffic_limits& limits)
    : state_(std::make_unique<state>(std::move(on), limits)) {}
traffic::~traffic() = default;

void traffic::set_limits(const traffic_limits& limits) {
    state_->limits = limits;
    state_->put_in_force();
    state_->for_requests.wake_first();
    state_->for_bytes.wake_first();
}

const traffic_limits& traffic::limits() const {
    return state_->limits;
}

std::optional<double> traffic::learned_rate() const {
    return state_->requests.learned();
}

bool traffic::enter_at_once() {
    const auto wait = [this] {
        state_->keep_time();
        return state_->requests.wait(now());
    };
    if (!state_->for_requests.is_open(wait)) return false;
    state_->requests.sent(now());
    return true;
}

task<void> traffic::enter() {
    const auto wait = [this] {
        state_->keep_time();
        return state_->requests.wait(now());
    };
    co_await state_->for_requests.pass(wait);
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
        state_->keep_time();
        return state_->bytes ? state_->bytes->wait_for(0, now()) : token_bucket::time(0);
    };
    co_await state_->for_bytes.pass(wait);
    if (state_->bytes) state_->bytes->spend(static_cast<double>(bytes), now());
}

} // namespace sluice::s3
