// engine: the wish to end, as lanes see it.
#include "run_control.hpp"

#include <sluice/base/sleep.hpp>

#include <algorithm>

namespace sluice {

wish wish_of(const std::string& desired) {
    if (desired == "paused") return wish::pause;
    if (desired == "stopped" || desired == "removed") return wish::stop;
    return desired == "cancelled" ? wish::cancel : wish::run;
}

const char* name_of_end(wish what) {
    if (what == wish::stop) return "stopped";
    return what == wish::cancel ? "cancelled" : "paused";
}

std::string state_on_the_way(wish what) {
    switch (what) {
    case wish::run:
        return "running";
    case wish::pause:
        return "pausing";
    case wish::stop:
        return "stopping";
    case wish::cancel:
        break;
    }
    return "cancelling";
}

task<void> run_control::nap(std::chrono::milliseconds span) const {
    constexpr std::chrono::milliseconds look_up{100};
    while (!ending() && span.count() > 0) {
        const std::chrono::milliseconds turn = std::min(span, look_up);
        co_await sleep_for(turn);
        span -= turn;
    }
}

} // namespace sluice
