// base: open files that a forked child must not share.
#include <sluice/base/fork.hpp>

#include <mutex>
#include <set>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace sluice {

namespace {

struct registered {
    std::mutex guard;
    std::multiset<int> descriptors;
};

/// Never destroyed: a fork may come after everything else has ended.
registered& all() {
    static registered* const kept = new registered;
    return *kept;
}

/// Only calls that a child of a program with threads may make.
void in_child() {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int each : all().descriptors) {
        if (nothing >= 0)
            ::dup3(nothing, each, O_CLOEXEC); // the number stays taken: its owner may close it
        else
            ::close(each);
    }
    if (nothing >= 0) ::close(nothing);
    all().guard.unlock();
}

void register_handlers() {
    static std::once_flag once;
    std::call_once(once, [] {
        const auto before = [] { all().guard.lock(); };
        const auto in_parent = [] { all().guard.unlock(); };
        ::pthread_atfork(before, in_parent, in_child);
    });
}

} // namespace

not_for_children::not_for_children(int descriptor) : descriptor_(descriptor) {
    register_handlers();
    const std::lock_guard<std::mutex> hold(all().guard);
    all().descriptors.insert(descriptor);
}

not_for_children::~not_for_children() {
    const std::lock_guard<std::mutex> hold(all().guard);
    all().descriptors.erase(all().descriptors.find(descriptor_));
}

} // namespace sluice
