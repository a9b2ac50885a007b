// tools: `sluice bench suspend`: a great many requests to a server that keeps silent, suspended and
// resumed.
#include "../core/json_text.hpp"
#include "../io/child_process.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "../io/simulator_control.hpp"
#include "../io/stderr_logger.hpp"
#include "bench_requests.hpp"
#include "bench_tools.hpp"
#include "verb.hpp"

#include <sluice/base/recycled_frames.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/error.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>

namespace sluice::command {

namespace {

using clock = std::chrono::steady_clock;

struct suspend_flags {
    std::uint32_t steps = 10'000, at_once = 64;
    std::string size = "16KiB", simulator, json;
};

/// Bytes that malloc has given out.
std::uint64_t heap_in_use() {
    const struct mallinfo2 now = ::mallinfo2();
    return now.uordblks + now.hblkhd;
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& each) {
        return static_cast<double>(each.tv_sec) + static_cast<double>(each.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Compares what comes with what should; all share the memory that it comes into.
class comparing_sink final : public s3::body_sink {
  public:
    comparing_sink(bytes_view expected, bytes_span window) : expected_(expected), window_(window) {}
    result<void> begin(std::uint64_t) override {
        left_ = expected_;
        same_ = true;
        return result<void>();
    }
    bytes_span room(std::size_t most) override {
        return window_.first(std::min(most, window_.size()));
    }
    result<void> took(std::size_t n) override {
        same_ = same_ && n <= left_.size() &&
                std::equal(left_.begin(), left_.begin() + n, window_.begin());
        left_ = left_.subspan(std::min(n, left_.size()));
        return result<void>();
    }
    bool whole() const { return same_ && left_.empty(); }

  private:
    bytes_view expected_, left_;
    bytes_span window_;
    bool same_ = false;
};

/// Part uploads and range GETs, half each. A step is what is left of one that was suspended.
class step_run : public recycled_frames {
  public:
    step_run(any_io_executor on, request_bench& bench, std::uint32_t steps)
        : on_(on), bench_(bench), window_(64 << 10), count_(steps) {}

    task<result<void>> prepare();
    /// Everything at once, until all wait for an answer; then suspends it. `catch_up` returns when
    /// the server has accepted what there is; `all_wait` is called before they are suspended.
    task<result<void>>
    suspend(const std::function<result<void>()>& catch_up, const std::function<void()>& all_wait);
    task<result<void>> resume(std::uint32_t at_once);
    task<void> clean_up();

    std::uint64_t completed() const {
        return static_cast<std::uint64_t>(std::count(done_.begin(), done_.end(), true));
    }
    double pause_seconds() const { return pause_seconds_; }
    double pause_cpu_seconds() const { return pause_cpu_seconds_; }

  private:
    void start(task_group& group, std::uint32_t n) {
        group.spawn([this, n] { return n % 2 == 0 ? upload(n) : download(n); });
    }
    task<void> upload(std::uint32_t n);
    task<void> download(std::uint32_t n);
    s3::upload_part_request part(std::uint32_t n) const;
    void uploaded(std::uint32_t n, const result<s3::part_receipt>& done) {
        done_[n] = done.has_value();
        if (!done) failed(done.error());
    }
    void
    downloaded(std::uint32_t n, const result<s3::object_head>& done, const comparing_sink& to) {
        done_[n] = done.has_value() && to.whole();
        if (!done) failed(done.error());
    }
    void failed(const failure& why) {
        const bool is_suspended = why.code == boost::asio::error::operation_aborted;
        if (!is_suspended && !failed_) failed_ = why;
    }

    any_io_executor on_;
    request_bench& bench_;
    buffer window_;
    std::uint32_t count_;
    std::string upload_id_;
    s3::get_request range_;
    std::vector<bool> done_;
    std::optional<failure> failed_;
    double pause_seconds_ = 0, pause_cpu_seconds_ = 0;
};

task<result<void>> step_run::prepare() {
    s3::create_upload_request opening;
    opening.bucket = bench_.plan.where.bucket;
    opening.key = bench_.key(0);
    opening.algorithm = bench_.plan.sum;
    auto opened = co_await bench_.client->create_upload(opening, deadline::never());
    if (!opened) co_return opened.error();
    upload_id_ = opened->id;
    s3::put_request whole;
    whole.bucket = bench_.plan.where.bucket;
    whole.key = bench_.key(1);
    whole.compute = bench_.plan.sum;
    s3::memory_source from(bench_.content);
    const auto put = co_await bench_.client->put(whole, from, deadline::never());
    if (!put) co_return put.error();
    range_.bucket = bench_.plan.where.bucket;
    range_.key = bench_.key(1);
    range_.range = s3::byte_range{0, bench_.content.size()};
    range_.tells_cancellation = true;
    co_return result<void>();
}

s3::upload_part_request step_run::part(std::uint32_t n) const {
    s3::upload_part_request what;
    what.bucket = bench_.plan.where.bucket;
    what.key = bench_.key(0);
    what.upload_id = upload_id_;
    what.number = n % 10'000 + 1;
    what.compute = bench_.plan.sum;
    what.tells_cancellation = true;
    return what;
}

task<void> step_run::upload(std::uint32_t n) {
    const s3::upload_part_request what = part(n);
    s3::memory_source from(bench_.content);
    auto told = [this, n](const result<s3::part_receipt>& done) { uploaded(n, done); };
    handed work{bench_.client->upload_part(what, from, deadline::never()), told};
    co_await std::move(work);
}

task<void> step_run::download(std::uint32_t n) {
    comparing_sink to(bench_.content, window_.span());
    auto told = [this, n, &to](const result<s3::object_head>& done) { downloaded(n, done, to); };
    handed work{bench_.client->get(range_, to, deadline::never()), told};
    co_await std::move(work);
}

task<result<void>> step_run::suspend(
    const std::function<result<void>()>& catch_up, const std::function<void()>& all_wait
) {
    done_.assign(count_, false);
    const s3::client_stats& stats = bench_.client->stats();
    const std::uint64_t asked_before = stats.requests;
    task_group group(on_);
    constexpr std::uint32_t together = 100; // what a listening socket takes without a pause
    for (std::uint32_t n = 0; n < count_; ++n) {
        start(group, n);
        if (n % together > 0) continue;
        do
            co_await sleep_for(std::chrono::milliseconds(1));
        while (stats.requests - asked_before + together < n && !group.stopping() && !failed_);
        // Who connects beyond what a listening socket keeps is refused later, and asks again.
        const auto caught_up = n % (10 * together) == 0 ? catch_up() : result<void>();
        if (!caught_up) failed_ = caught_up.error();
    }
    // All have asked, over a connection, and nothing moves any more.
    constexpr std::chrono::milliseconds while_quiet{200};
    const auto all_have_asked = [&] { return stats.requests - asked_before >= count_; };
    double before = 0;
    for (double now = cpu_seconds(); now - before > 0.002 || !all_have_asked();
         now = cpu_seconds()) {
        before = cpu_seconds();
        if (failed_ || group.stopping()) break;
        co_await sleep_for(while_quiet);
    }
    if (stats.connections_busy == count_ && !failed_) all_wait();
    const auto began = clock::now();
    before = cpu_seconds();
    group.cancel();
    co_await group.join();
    pause_cpu_seconds_ = cpu_seconds() - before;
    pause_seconds_ = std::chrono::duration<double>(clock::now() - began).count();
    if (failed_) co_return *failed_;
    co_return result<void>();
}

task<result<void>> step_run::resume(std::uint32_t at_once) {
    task_group group(on_);
    for (std::uint32_t n = 0; n < count_; ++n) {
        co_await group.wait_below(at_once);
        start(group, n);
    }
    co_await group.join();
    if (failed_) co_return *failed_;
    co_return result<void>();
}

task<void> step_run::clean_up() {
    const std::string& bucket = bench_.plan.where.bucket;
    const std::string key = bench_.key(0);
    const auto gone =
        co_await bench_.client->abort_upload(bucket, key, upload_id_, deadline::never());
    if (!gone) complain(gone.error(), side::destination);
}

struct suspend_report {
    std::uint32_t steps = 0;
    std::uint64_t completed = 0;
    double held = 0, left = 0; ///< bytes of a step
    double pause_seconds = 0, pause_cpu_seconds = 0, resume_seconds = 0;

    std::string text() const {
        return fmt::format(
            "suspend: {} requests, half part uploads, half range GETs\n"
            "  user memory of each, waiting on a connection    {:>8.0f} bytes (aim: at most 2048)\n"
            "  user memory of each, suspended                  {:>8.0f} bytes (aim: at most 512)\n"
            "  time to suspend all                             {:>8.1f} ms (aim: at most 100), "
            "{:.1f} of CPU\n"
            "  resumed and completed                           {:>8} in {:.1f} s\n",
            steps,
            held,
            left,
            pause_seconds * 1e3,
            pause_cpu_seconds * 1e3,
            completed,
            resume_seconds
        );
    }
    std::string json() const {
        json_object all;
        all.text("bench", "suspend").number("steps", steps).number("completed", completed);
        all.real("bytes_waiting", held).real("bytes_suspended", left);
        all.real("pause_seconds", pause_seconds).real("pause_cpu_seconds", pause_cpu_seconds);
        all.real("resume_seconds", resume_seconds);
        return all.done();
    }
};

task<int> measure_suspend(
    runtime& rt, const suspend_flags& flags, request_plan plan, simulator_control server
) {
    stderr_logger log(log_format::text, log_level::error);
    auto bench = open_bench(rt.executor(), rt.blocking(), std::move(plan), log);
    if (!bench) co_return complain(bench.error(), side::destination);
    step_run run(rt.executor(), *bench, flags.steps);
    auto ready = co_await run.prepare();
    if (!ready) co_return complain(ready.error(), side::destination);
    const auto silent = server.put(
        "/_sim/faults",
        R"([{"kind":"stall","operation":"UploadPart","count":0,"bytes":1048576},)"
        R"({"kind":"stall","operation":"GetObject","count":0}])"
    );
    if (!silent) co_return complain(silent.error(), side::neither);

    suspend_report report;
    report.steps = flags.steps;
    const auto each_of = [&flags](std::uint64_t more, std::uint64_t before) {
        return (static_cast<double>(more) - static_cast<double>(before)) / flags.steps;
    };
    const std::uint64_t before = heap_in_use();
    const std::function<void()> all_wait = [&] { report.held = each_of(heap_in_use(), before); };
    const std::function<result<void>()> catch_up = [&server] { return server.reach(); };
    auto suspended = co_await run.suspend(catch_up, all_wait);
    if (!suspended) co_return complain(suspended.error(), side::destination);
    report.left = each_of(heap_in_use(), before);
    report.pause_seconds = run.pause_seconds();
    report.pause_cpu_seconds = run.pause_cpu_seconds();
    auto speaks = server.put("/_sim/faults", "[]");
    if (!speaks) co_return complain(speaks.error(), side::neither);
    const auto resumed = clock::now();
    auto done = co_await run.resume(flags.at_once);
    if (!done) co_return complain(done.error(), side::destination);
    report.resume_seconds = std::chrono::duration<double>(clock::now() - resumed).count();
    report.completed = run.completed();
    co_await run.clean_up();
    bench->client->close();
    const int told = tell_report(report.text(), report.json(), flags.json);
    const bool whole = report.completed == flags.steps && report.held > 0;
    co_return whole ? told : 1;
}

/// Each request has a connection, and the server has one for each.
result<void> allow_files(std::uint64_t wanted) {
    rlimit most{};
    ::getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &most);
    if (most.rlim_cur >= wanted) return result<void>();
    return usage_failure(
        "--steps: a process may have " + std::to_string(most.rlim_cur) +
        " open files here (ulimit -Hn), which is not enough"
    );
}

int bench_suspend(const suspend_flags& flags) {
    if (flags.steps == 0 || flags.at_once == 0)
        return complain(usage_failure("--steps and --at-once must be at least 1"), side::neither);
    constexpr std::uint64_t other_files = 100;
    auto allowed = allow_files(flags.steps + other_files);
    if (!allowed) return complain(allowed.error(), side::neither);
    auto simulator = flags.simulator.empty() ? find_simulator() : flags.simulator;
    if (!simulator) return complain(simulator.error(), side::neither);
    auto server =
        start_program(*simulator, {"--listen", "127.0.0.1:0", "--bucket", "bench", "--quiet"});
    if (!server) return complain(server.error(), side::neither);
    ::setenv("AWS_ACCESS_KEY_ID", "simulator", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "simulator-secret", 1);
    request_words words;
    words.where = "s3://bench/suspend";
    words.host = server->second.substr(server->second.find("http"));
    words.object_bytes = words.part_size = flags.size;
    words.connections = flags.steps;
    auto plan = plan_requests(words);
    if (!plan) return complain(plan.error(), side::neither);
    runtime rt;
    simulator_control control(words.host);
    auto measuring = measure_suspend(rt, flags, std::move(*plan), std::move(control));
    return rt.run(std::move(measuring));
}

} // namespace

void add_bench_suspend(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<suspend_flags>();
    CLI::App* verb =
        to.add_subcommand("suspend", "Requests to a silent server, suspended and resumed");
    verb->add_option("--steps", flags->steps, "Requests, each on a connection of its own")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--size", flags->size, "Bytes of each")
        ->type_name("SIZE")
        ->capture_default_str();
    verb->add_option("--at-once", flags->at_once, "So many at once when they are resumed")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--simulator", flags->simulator, "The server to start (else sluice-s3sim)")
        ->type_name("FILE");
    verb->add_option("--json", flags->json, "Write the figures to FILE (- is stdout)")
        ->type_name("FILE");
    verb->footer(
        "It starts the server that it needs, in a process of its own. Status 1: not all of "
        "them waited, or not\nall completed.\n\nExample:\n"
        "  sluice bench suspend --steps 10000"
    );
    verb->callback([flags, &chosen] { chosen.run = [flags] { return bench_suspend(*flags); }; });
}

} // namespace sluice::command
