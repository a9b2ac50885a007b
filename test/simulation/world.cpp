// simulation: machines, their disks, a cloud, and what was written into the stream.
#include "world.hpp"

#include "sqlite_files.hpp"
#include "virtual_time.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdio>

namespace sluice::simulation {

namespace {

world*& the_world() {
    static world* now = nullptr;
    return now;
}

machine_disk* disk_of_name(const std::string& name) {
    return &the_world()->disk_of(name);
}

} // namespace

world::world(std::uint64_t seed, std::string root, bool talks)
    : draws(seed), s3(context), root_(std::move(root)), talks_(talks) {
    the_world() = this;
    s3.random.seed(seed ^ 0x9e3779b97f4a7c15U);
    if (talks_) s3.tell = [this](const std::string& what) { say(what); };
    give_sqlite_disks(disk_of_name);
}

world::~world() {
    the_world() = nullptr;
}

void world::violated(const std::string& what) {
    say("VIOLATION " + what);
    violations.push_back(what);
}

void world::say(const std::string& what) const {
    if (!talks_) return;
    const double seconds = std::chrono::duration<double>(virtual_now()).count();
    std::fprintf(stderr, "%10.3f %s\n", seconds, what.c_str());
}

machine_disk& world::disk_of(const std::string& name) {
    const std::size_t from = root_.size() + 1;
    return machines[name.substr(from, name.find('/', from) - from)];
}

void world::forget_state(const std::string& machine) {
    auto& files = machines[machine].files;
    std::erase_if(files, [&](const auto& each) {
        return each.first.starts_with(state_file(machine));
    });
}

task<void> world::wait(std::chrono::milliseconds span) {
    boost::asio::steady_timer timer(context, span);
    co_await timer.async_wait(use_awaitable);
}

void life_log::write(
    log_level, std::string_view message, const log_field* fields, std::size_t count
) {
    if (!in_.talks()) return;
    std::string line = whose_ + ": " + std::string(message);
    for (std::size_t n = 0; n < count; ++n)
        line += " " + std::string(fields[n].name) + "=" + fields[n].value;
    in_.say(line);
}

} // namespace sluice::simulation
