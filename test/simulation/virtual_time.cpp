// simulation: one clock, and it moves only when nothing else can.
#include "virtual_time.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace sluice::simulation {

namespace {

struct world_clock {
    std::chrono::nanoseconds now{0};
    std::mt19937_64 random;
};

world_clock& the_clock() {
    static world_clock one;
    return one;
}

/// Nothing that is simulated lasts so long.
constexpr std::chrono::hours too_long{48};

} // namespace

void begin_virtual_time(std::uint64_t seed) {
    the_clock().now = std::chrono::nanoseconds(0);
    the_clock().random.seed(seed * 2 + 1);
}

std::chrono::nanoseconds virtual_now() {
    return the_clock().now;
}

std::mt19937_64& system_random() {
    return the_clock().random;
}

} // namespace sluice::simulation

// What follows stands before the libraries' own, since the program is searched first.

namespace std::chrono {
inline namespace _V2 {

steady_clock::time_point steady_clock::now() noexcept {
    constexpr hours since_boot{1}; // 0 would be "never" to some
    return time_point(since_boot + sluice::simulation::the_clock().now);
}

system_clock::time_point system_clock::now() noexcept {
    constexpr seconds begin{1'790'000'000};
    return time_point(begin + duration_cast<duration>(sluice::simulation::the_clock().now));
}

} // namespace _V2
} // namespace std::chrono

extern "C" {

/// Asio then looks at its timers itself, each time that it asks for events.
int timerfd_create(int, int) noexcept {
    errno = ENOSYS;
    return -1;
}

/// No descriptor of a simulated run ever has anything to tell. Who would sleep makes time pass.
int epoll_wait(int, epoll_event*, int, int timeout) {
    if (timeout == 0) return 0;
    auto& now = sluice::simulation::the_clock().now;
    now += std::chrono::milliseconds(std::max(timeout, 1));
    if (now > sluice::simulation::too_long) throw sluice::simulation::hangs();
    return 0;
}

/// It stands in claims.
pid_t getpid() noexcept {
    return 4242;
}

int gethostname(char* to, size_t size) noexcept {
    std::strncpy(to, "simulated", size);
    return 0;
}

int RAND_bytes(unsigned char* to, int count) {
    auto& random = sluice::simulation::the_clock().random;
    for (int at = 0; at < count; at += 8) {
        const std::uint64_t eight = random();
        std::memcpy(to + at, &eight, static_cast<std::size_t>(std::min(8, count - at)));
    }
    return 1;
}

} // extern "C"
