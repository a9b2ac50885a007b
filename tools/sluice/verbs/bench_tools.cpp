// tools: what the benchmarks share: a log to measure with, and what a run costs.
#include "bench_tools.hpp"

#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"
#include "../io/output.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/batch_builder.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sluice::command {

namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

rusage usage_now() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return used;
}

constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;

} // namespace

byte_vector noise(std::size_t size) {
    byte_vector bytes(size);
    std::uint64_t state = 0x9e3779b97f4a7c15;
    for (std::byte& each : bytes) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        each = static_cast<std::byte>(state >> 56);
    }
    return bytes;
}

void cost_meter::start() {
    const rusage used = usage_now();
    user_ = -seconds_of(used.ru_utime);
    system_ = -seconds_of(used.ru_stime);
    began_ = std::chrono::steady_clock::now();
}

void cost_meter::stop() {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    const rusage used = usage_now();
    wall_ = took.count();
    user_ += seconds_of(used.ru_utime);
    system_ += seconds_of(used.ru_stime);
}

std::uint64_t cost_meter::peak_memory() {
    return static_cast<std::uint64_t>(usage_now().ru_maxrss) * 1024;
}

std::string measured_json(const measured& run) {
    const double gib = static_cast<double>(run.bytes) / gibibyte;
    const cost_meter& cost = run.cost;
    json_object json;
    json.text("bench", run.what).number("bytes", run.bytes).number("records", run.records);
    json.real("seconds", cost.wall())
        .real("cpu_user", cost.user())
        .real("cpu_system", cost.system());
    json.real("bytes_per_second", static_cast<double>(run.bytes) / cost.wall());
    json.real("records_per_second", static_cast<double>(run.records) / cost.wall());
    json.real("cpu_seconds_per_gib", (cost.user() + cost.system()) / gib);
    json.number("peak_memory", cost_meter::peak_memory());
    std::string text = json.done();
    if (!run.more_json.empty()) text.insert(text.size() - 1, "," + run.more_json);
    return text;
}

std::string measured_text(const measured& run) {
    const double gib = static_cast<double>(run.bytes) / gibibyte;
    const cost_meter& cost = run.cost;
    const double rate = static_cast<double>(run.bytes) / cost.wall();
    std::string text = fmt::format(
        "{}: {} in {:.3f} s, {}/s",
        run.what,
        human_size(run.bytes),
        cost.wall(),
        human_size(static_cast<std::uint64_t>(rate))
    );
    if (run.records > 0) {
        const double per_second = static_cast<double>(run.records) / cost.wall();
        text += fmt::format(", {} records/s", grouped(static_cast<std::uint64_t>(per_second)));
    }
    text += fmt::format(
        "\n  CPU {:.2f} s user + {:.2f} s system = {:.3f} s per GiB; peak memory {}\n",
        cost.user(),
        cost.system(),
        (cost.user() + cost.system()) / gib,
        human_size(cost_meter::peak_memory())
    );
    if (!run.more_text.empty()) text += "  " + run.more_text + "\n";
    return text;
}

int tell_report(const std::string& text, const std::string& json, const std::string& file) {
    if (file == "-") {
        auto written = write_out(json + "\n");
        return written ? 0 : complain(written.error(), side::neither);
    }
    auto written = write_out(text);
    if (!written) return complain(written.error(), side::neither);
    if (file.empty()) return 0;
    std::ofstream out(file, std::ios::trunc);
    out << json << "\n";
    out.close();
    if (out) return 0;
    failure why;
    why.code = errc::io_error;
    why.where = "--json " + file;
    return complain(why, side::neither);
}

int tell_measured(const measured& run, const std::string& file) {
    return tell_report(measured_text(run), measured_json(run), file);
}

result<scratch_directory> scratch_directory::make() {
    const char* base = std::getenv("TMPDIR");
    std::string path = std::string(base && *base ? base : "/tmp") + "/sluice-bench-XXXXXX";
    if (::mkdtemp(path.data())) return scratch_directory(path);
    failure why;
    why.code = errc::io_error;
    why.where = path + ": " + std::strerror(errno);
    return why;
}

scratch_directory::~scratch_directory() {
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

namespace {

/// Fills one partition; `share` bytes of values.
task<result<void>> fill_partition(
    writer& to,
    std::uint32_t partition,
    std::uint64_t share,
    const made_events& what,
    filled_stream& done
) {
    const byte_vector values = noise(what.event_bytes + (1 << 16));
    batch_builder builder(to.tail(partition).end);
    std::int64_t timestamp = 1'700'000'000'000'000;
    std::uint64_t left = share;
    while (left > 0) {
        record event;
        const std::string key = "key-" + std::to_string(done.events % 1000);
        event.timestamp = timestamp++;
        event.key = as_bytes(key);
        const std::uint64_t size = std::min(left, what.event_bytes);
        event.value = bytes_view(values).subspan(done.events % (1 << 16), size);
        auto added = builder.add(event);
        if (!added) co_return added;
        left -= size;
        ++done.events;
        if (left > 0 && builder.pending_bytes() < what.append_bytes) continue;
        std::vector<batch_builder::built> batches = builder.take(true);
        std::vector<append_step> steps;
        for (const batch_builder::built& each : batches)
            steps.push_back({each.batch, std::string()});
        auto appended = co_await to.append(partition, steps);
        if (!appended) co_return appended;
        builder.give_back(std::move(batches));
        ++done.appends;
    }
    co_return result<void>();
}

} // namespace

task<result<filled_stream>> fill_stream(log_store store, std::string name, made_events what) {
    log_create_options options;
    options.partitions = what.partitions;
    options.relaxed = what.relaxed;
    auto created = co_await store.create(name, options);
    if (!created) co_return created.error();
    const log_writer_options writing;
    auto opened = co_await store.open_writer(name, writing);
    if (!opened) co_return opened.error();
    filled_stream done;
    result<void> filled;
    for (std::uint32_t n = 0; n < what.partitions && filled; ++n) {
        std::uint64_t share = what.size / what.partitions;
        if (n == 0) share += what.size % what.partitions;
        filled = co_await fill_partition(**opened, n, share, what, done);
    }
    auto closed = co_await (*opened)->close();
    if (!filled) co_return filled.error();
    if (!closed) co_return closed.error();
    co_return done;
}

} // namespace sluice::command
