// engine: a flag that is up as long as a scope lasts, and who waits for its fall.
#pragma once

#include <sluice/base/event.hpp>

namespace sluice {

struct raised {
    raised(bool& what, pulse& told) : flag(what), beat(told) { flag = true; }
    ~raised() {
        flag = false;
        beat.beat();
    }
    raised(const raised&) = delete;
    raised& operator=(const raised&) = delete;
    bool& flag;
    pulse& beat;
};

} // namespace sluice
