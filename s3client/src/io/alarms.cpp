// s3client: one timer, set for whoever is first.
#include "alarms.hpp"

#include "spare_allocator.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

namespace sluice::s3 {

void alarms::set(sleeper& who, time_point at) {
    if (who.is_linked()) all_.erase(all_.iterator_to(who));
    who.at_ = at;
    all_.insert(who);
    start_timer();
}

void alarms::clear(sleeper& who) {
    if (!who.is_linked()) return;
    all_.erase(all_.iterator_to(who));
    who.at_ = time_point::max();
    if (!all_.empty() || timer_at_ == time_point::max()) return;
    timer_at_ = time_point::max();
    timer_.cancel();
}

/// A timer that fires too early only looks; one that would fire too late is set anew.
void alarms::start_timer() {
    if (all_.empty() || timer_at_ <= all_.begin()->at_) return;
    timer_at_ = all_.begin()->at_;
    timer_.expires_at(timer_at_);
    auto rings = [self = shared_from_this()](boost::system::error_code why) {
        if (!why) self->fired();
    };
    timer_.async_wait(boost::asio::bind_allocator(spare_allocator<char>(), std::move(rings)));
}

void alarms::fired() {
    timer_at_ = time_point::max();
    const time_point now = deadline::clock::now();
    while (!all_.empty() && all_.begin()->at_ <= now) {
        sleeper& first = *all_.begin();
        all_.erase(all_.begin());
        first.at_ = time_point::max();
        first.wake();
    }
    start_timer();
}

} // namespace sluice::s3
