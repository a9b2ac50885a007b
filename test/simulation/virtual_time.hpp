// simulation: one clock, and it moves only when nothing else can.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace sluice::simulation {

/// This program takes the place of what the operating system would answer: the clocks of
/// std::chrono, epoll_wait, timerfd_create, RAND_bytes, getpid, gethostname. So the code under test
/// is the very code that is shipped. Of one thread.
///
/// Begins a run: the clock at its start, randomness by the seed.
void begin_virtual_time(std::uint64_t seed);
/// Since the run began.
std::chrono::nanoseconds virtual_now();
/// Of the code under test, so that it is not the scenario's.
std::mt19937_64& system_random();

/// Thrown out of the event loop when nothing happens any more for days.
struct hangs {};

} // namespace sluice::simulation
