// tools: one request after the other on every connection, and what that costs, measured.
#include "bench_load.hpp"

#include "../io/machine.hpp"
#include "../io/system_calls.hpp"
#include "bench_tools.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <fstream>
#include <optional>
#include <utility>

#include <sys/resource.h>

namespace sluice::command {

namespace {

using clock = request_moments::clock;

constexpr std::chrono::milliseconds between_samples{200};

std::uint64_t context_switches() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<std::uint64_t>(used.ru_nvcsw + used.ru_nivcsw);
}

failure raw_failure(const std::string& path) {
    failure why;
    why.code = errc::io_error;
    why.where = "--raw " + path + ": the file cannot be written";
    return why;
}

/// The lines of requests, written a megabyte at a time.
class raw_dump {
  public:
    explicit raw_dump(const std::string& path) : path_(path) {
        if (path_.empty()) return;
        file_.open(path_, std::ios::trunc);
        text_ = raw_heading();
    }
    void add(const raw_request& one) {
        if (path_.empty()) return;
        append_raw(text_, one);
        constexpr std::size_t much = 1 << 20;
        if (text_.size() >= much) write();
    }
    result<void> finish() {
        if (path_.empty()) return result<void>();
        write();
        file_.close();
        if (!file_) return raw_failure(path_);
        return result<void>();
    }

  private:
    void write() {
        file_ << text_;
        text_.clear();
    }

    std::string path_;
    std::ofstream file_;
    std::string text_;
};

class load {
  public:
    load(const s3::client& by, const load_rules& rules, request_report& report)
        : client_(by),
          rules_(rules),
          report_(report),
          raw_(rules.raw_file),
          started_(clock::now()),
          unfinished_(rules.connections),
          has_finished_(rules.connections, false) {}

    bool goes_on() const { return !over_; }
    void note(std::uint64_t worker, const request_moments& one) {
        if (!begun_) return warm(worker);
        if (over_) return;
        report_.times.add(one.ended - one.begun);
        report_.first_bytes.add(one.first_byte - one.begun);
        ++report_.requests;
        raw_request line;
        line.worker = worker;
        line.begun = one.begun - *begun_;
        line.first_byte = one.first_byte - *begun_;
        line.ended = one.ended - *begun_;
        line.bytes = one.bytes;
        raw_.add(line);
        if (report_.requests == rules_.requests) end();
    }
    void fail(failure why) {
        if (!failed_) failed_ = std::move(why);
        over_ = true;
    }
    /// Every fifth of a second.
    void look() {
        if (over_ || !begun_) return;
        sample();
        const bool long_enough = clock::now() - *begun_ >= rules_.duration;
        report_.settled = !long_enough && rules_.until_settled && has_settled(report_.samples);
        if (long_enough || report_.settled) end();
    }
    result<void> finish() {
        if (failed_) return *failed_;
        return raw_.finish();
    }

  private:
    std::uint64_t moved() const {
        return client_.stats().bytes_sent + client_.stats().bytes_received;
    }
    void warm(std::uint64_t worker) {
        if (!has_finished_[worker]) {
            has_finished_[worker] = true;
            --unfinished_;
        }
        if (unfinished_ == 0 && clock::now() - started_ >= rules_.warmup) begin();
    }
    void begin() {
        begun_ = clock::now();
        before_ = client_.stats();
        bytes_before_ = moved();
        switches_before_ = context_switches();
        calls_before_ = calls_.count();
        meter_.start();
        sample();
    }
    void sample() {
        load_sample now;
        now.at = clock::now() - *begun_;
        now.bytes = moved() - bytes_before_;
        now.requests = report_.requests;
        report_.samples.push_back(now);
    }
    void end() {
        over_ = true;
        meter_.stop();
        sample();
        const s3::client_stats& now = client_.stats();
        report_.bytes = moved() - bytes_before_;
        report_.sent_requests = now.requests - before_.requests;
        report_.retries = now.retries - before_.retries;
        report_.throttled = now.throttled - before_.throttled;
        report_.connections_opened = now.connections_opened;
        report_.cost.wall = meter_.wall();
        report_.cost.user = meter_.user();
        report_.cost.system = meter_.system();
        report_.cost.peak_memory = cost_meter::peak_memory();
        report_.cost.context_switches = context_switches() - switches_before_;
        const auto calls = calls_.count();
        if (calls && calls_before_) report_.cost.system_calls = *calls - *calls_before_;
    }

    const s3::client& client_;
    const load_rules& rules_;
    request_report& report_;
    raw_dump raw_;
    system_call_counter calls_;
    cost_meter meter_;
    clock::time_point started_;
    std::uint64_t unfinished_; ///< workers that have not ended a request yet
    std::vector<bool> has_finished_;
    std::optional<clock::time_point> begun_;
    bool over_ = false;
    s3::client_stats before_;
    std::uint64_t bytes_before_ = 0, switches_before_ = 0;
    std::optional<std::uint64_t> calls_before_;
    std::optional<failure> failed_;
};

task<void> work(load& on, const request_maker& make, std::uint64_t worker) {
    while (on.goes_on()) {
        const auto one = co_await make(worker);
        if (one)
            on.note(worker, *one);
        else
            on.fail(one.error());
    }
}

task<void> watch(load& on) {
    while (on.goes_on()) {
        co_await sleep_for(between_samples);
        on.look();
    }
}

task<void> start(task_group& group, load& on, const request_maker& make, std::uint64_t workers) {
    for (std::uint64_t n = 0; n < workers; ++n)
        group.spawn([&on, &make, n] { return work(on, make, n); });
    group.spawn([&on] { return watch(on); });
    co_return;
}

} // namespace

task<result<void>> run_load(
    any_io_executor on,
    const s3::client& by,
    load_rules rules,
    request_maker make,
    request_report& to
) {
    to.machine = describe_machine();
    load all(by, rules, to);
    auto body = [&](task_group& group) { return start(group, all, make, rules.connections); };
    co_await with_task_group(on, body);
    co_return all.finish();
}

} // namespace sluice::command
