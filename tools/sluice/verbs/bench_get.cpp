// tools: `sluice bench get`: downloads to nowhere, verified and measured request by request.
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "../io/stderr_logger.hpp"
#include "bench_requests.hpp"
#include "verb.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/this_coro.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

using clock = request_moments::clock;

/// Memory that begins with a page. What malloc gives for so much lies 16 bytes behind one: then the
/// kernel's copies from the pages of the socket cost up to three times as much (each store seems to
/// hit the load 4 KiB before it).
class page_window {
  public:
    explicit page_window(std::size_t size) : whole_(size + page) {
        void* at = whole_.span().data();
        std::size_t left = whole_.size();
        window_ = {static_cast<std::byte*>(std::align(page, size, at, left)), size};
    }
    bytes_span span() const { return window_; }

  private:
    static constexpr std::size_t page = 4096;

    buffer whole_;
    bytes_span window_;
};

/// Every body of every connection passes through the same memory, which stays in cache.
class window_sink final : public s3::body_sink {
  public:
    window_sink(const page_window& window, bool sums) : window_(window), sums_(sums) {}
    result<void> begin(std::uint64_t) override {
        begun = clock::now();
        sum = 0;
        return result<void>();
    }
    bytes_span room(std::size_t most) override {
        return window_.span().first(std::min(most, window_.span().size()));
    }
    result<void> took(std::size_t n) override {
        if (sums_) sum = crc64nvme(window_.span().first(n), sum);
        return result<void>();
    }

    clock::time_point begun;
    std::uint64_t sum = 0; ///< CRC64NVME of what came, where it is wanted

  private:
    const page_window& window_;
    bool sums_;
};

/// One range after the other of objects that all have the same content.
class getting {
  public:
    explicit getting(request_bench& bench)
        : bench_(bench), window_(window_bytes), of_workers_(bench.plan.load.connections) {
        for (s3::get_request& each : of_workers_)
            each.bucket = bench.plan.where.bucket;
    }

    /// Makes the objects.
    task<result<void>> make_objects();
    /// Reads the one that is there, and learns the checksum of each range; they must make up the
    /// one that the store tells.
    task<result<void>> learn_object();
    task<result<request_moments>> make(std::uint64_t worker);
    bool store_told() const { return store_told_; }

  private:
    static constexpr std::size_t window_bytes = 1 << 20; // as the client's own

    s3::get_request& request_for(std::uint64_t worker, std::uint64_t object, std::uint64_t part);
    task<result<void>> make_object(std::uint64_t object);
    task<void> learn(std::uint64_t worker);
    task<void> start_learning(task_group& group);

    request_bench& bench_;
    page_window window_;
    std::vector<s3::get_request> of_workers_; ///< used again
    std::vector<std::uint64_t> sums_;         ///< CRC64NVME of the ranges
    std::optional<failure> failed_;
    bool store_told_ = true;
    std::uint64_t next_ = 0;
};

s3::get_request&
getting::request_for(std::uint64_t worker, std::uint64_t object, std::uint64_t part) {
    const request_plan& plan = bench_.plan;
    s3::get_request& what = of_workers_[worker];
    what.key = bench_.key(object);
    s3::byte_range range;
    range.first = part * plan.request_bytes;
    range.size = plan.bytes_of(part);
    what.range = range;
    if (plan.parts() == 1) what.range.reset();
    return what;
}

task<result<void>> getting::make_objects() {
    const request_plan& plan = bench_.plan;
    for (std::uint64_t part = 0; part < plan.parts(); ++part) {
        const auto size = static_cast<std::size_t>(plan.bytes_of(part));
        sums_.push_back(crc64nvme(bytes_view(bench_.content).first(size)));
    }
    for (std::uint64_t n = 0; n < plan.objects; ++n) {
        const auto made = co_await make_object(n);
        if (!made) co_return made.error();
    }
    co_return result<void>();
}

task<result<void>> getting::make_object(std::uint64_t object) {
    const request_plan& plan = bench_.plan;
    s3::client& client = *bench_.client;
    if (plan.parts() == 1) {
        s3::put_request what;
        what.bucket = plan.where.bucket;
        what.key = bench_.key(object);
        what.compute = plan.sum;
        s3::memory_source from(bench_.content);
        const auto put = co_await client.put(what, from, deadline::never());
        co_return put ? result<void>() : result<void>(put.error());
    }
    s3::create_upload_request begin;
    begin.bucket = plan.where.bucket;
    begin.key = bench_.key(object);
    begin.algorithm = plan.sum;
    const auto opened = co_await client.create_upload(begin, deadline::never());
    if (!opened) co_return opened.error();
    s3::complete_upload_request whole;
    whole.bucket = begin.bucket;
    whole.key = begin.key;
    whole.upload_id = opened->id;
    whole.size = plan.object_bytes;
    for (std::uint64_t part = 0; part < plan.parts(); ++part) {
        s3::upload_part_request what;
        what.bucket = begin.bucket;
        what.key = begin.key;
        what.upload_id = opened->id;
        what.number = static_cast<unsigned>(part + 1);
        what.compute = plan.sum;
        const auto size = static_cast<std::size_t>(plan.bytes_of(part));
        s3::memory_source from(bytes_view(bench_.content).first(size));
        auto sent = co_await client.upload_part(what, from, deadline::never());
        if (!sent) co_return sent.error();
        s3::finished_part done;
        done.number = what.number;
        done.size = size;
        done.etag = std::move(sent->etag);
        done.sum = sent->sum;
        whole.parts.push_back(std::move(done));
    }
    const auto joined = co_await client.complete_upload(whole, deadline::never());
    co_return joined ? result<void>() : result<void>(joined.error());
}

task<result<void>> getting::learn_object() {
    request_plan& plan = bench_.plan;
    const std::string bucket = plan.where.bucket, key = bench_.key(0);
    const auto head = co_await bench_.client->head(bucket, key, deadline::never());
    if (!head) co_return head.error();
    failure why;
    why.where = "s3://" + bucket + "/" + key;
    if (head->size == 0) {
        why.code = s3::s3_errc::no_such_key;
        why.where += ": an object without bytes cannot be measured";
        co_return why;
    }
    plan.object_bytes = head->size;
    plan.request_bytes = std::min(plan.request_bytes, plan.object_bytes);
    sums_.resize(static_cast<std::size_t>(plan.parts()));
    auto body = [this](task_group& group) { return start_learning(group); };
    const auto on = co_await boost::asio::this_coro::executor;
    co_await with_task_group(on, body);
    if (failed_) co_return *failed_;
    store_told_ = head->sum.algorithm == s3::checksum::kind::crc64nvme;
    std::uint64_t whole = 0;
    for (std::uint64_t part = 0; part < plan.parts(); ++part)
        whole = crc64nvme_combine(whole, sums_[part], plan.bytes_of(part));
    if (!store_told_ || whole == head->sum.value) co_return result<void>();
    why.code = s3::s3_errc::checksum_mismatch;
    why.where += ": its ranges do not have the CRC64NVME that the store tells of it";
    co_return why;
}

task<void> getting::start_learning(task_group& group) {
    for (std::uint64_t n = 0; n < of_workers_.size(); ++n)
        group.spawn([this, n] { return learn(n); });
    co_return;
}

task<void> getting::learn(std::uint64_t worker) {
    for (std::uint64_t part = worker; part < sums_.size() && !failed_; part += of_workers_.size()) {
        s3::get_request& what = request_for(worker, 0, part);
        window_sink to(window_, true);
        const auto got = co_await bench_.client->get(what, to, deadline::never());
        if (!got) failed_ = got.error();
        sums_[part] = to.sum;
    }
}

task<result<request_moments>> getting::make(std::uint64_t worker) {
    const request_plan& plan = bench_.plan;
    const std::uint64_t n = next_++;
    const std::uint64_t object = n / plan.parts() % plan.objects, part = n % plan.parts();
    s3::get_request& what = request_for(worker, object, part);
    if (plan.sum != s3::checksum::kind::none) {
        what.expected.algorithm = s3::checksum::kind::crc64nvme;
        what.expected.value = sums_[part];
    }
    window_sink to(window_, false);
    request_moments one;
    one.begun = clock::now();
    const auto got = co_await bench_.client->get(what, to, deadline::never());
    if (!got) co_return got.error();
    one.ended = clock::now();
    one.first_byte = to.begun;
    one.bytes = plan.bytes_of(part);
    co_return one;
}

std::string checked_text(const getting& load, const request_plan& plan) {
    if (plan.sum == s3::checksum::kind::none) return "nothing verified";
    if (!load.store_told()) return "CRC64NVME compared with a first reading";
    return "CRC64NVME verified";
}

task<int> bench_get(runtime& rt, const request_words& words, logger& log) {
    auto plan = plan_requests(words);
    if (!plan) co_return complain(plan.error(), side::neither);
    if (words.existing) plan->objects = 1;
    auto bench = open_bench(rt.executor(), rt.blocking(), std::move(*plan), log);
    if (!bench) co_return complain(bench.error(), side::source);
    bench->existing = words.existing;
    getting load(*bench);
    auto preparing = words.existing ? load.learn_object() : load.make_objects();
    const auto ready = co_await std::move(preparing);
    if (!ready) {
        constexpr int no_source = 3;
        const int status = complain(ready.error(), side::source);
        co_return ready.error().code == s3::s3_errc::no_such_key ? no_source : status;
    }
    request_settings settings;
    settings.what = "get";
    settings.operation = "GetObject";
    settings.objects = bench->plan.objects;
    settings.checksum = checked_text(load, bench->plan);
    request_maker make = [&load](std::uint64_t worker) { return load.make(worker); };
    auto measuring =
        measure_requests(rt.executor(), *bench, std::move(make), std::move(settings), words.json);
    const int status = co_await std::move(measuring);
    if (!words.existing && !words.keep) co_await remove_objects(*bench);
    if (!words.existing && words.keep)
        write_err("left in place: s3://" + bench->plan.where.bucket + "/" + bench->folder + "/\n");
    bench->client->close();
    co_return status;
}

} // namespace

void add_bench_get(CLI::App& to, chosen_verb& chosen) {
    auto words = std::make_shared<request_words>();
    CLI::App* verb = to.add_subcommand("get", "Downloads to nowhere, request by request");
    verb->add_option("--from", words->where, "Bucket and prefix, below which objects are made")
        ->type_name("DEST")
        ->required();
    verb->add_flag(
        "--existing", words->existing, "--from is an object that exists; --size is its own"
    );
    verb->add_flag("--keep", words->keep, "Leave the objects in place");
    add_request_flags(*verb, *words);
    verb->footer("Each body is verified by its CRC64NVME (unless --checksum none).\n\nExamples:\n"
                 "  sluice bench get --from s3://bench --endpoint 127.0.0.1:9000 --size 1GiB "
                 "--objects 1\n"
                 "  sluice bench get --from s3://bench/some/object --existing --connections 64");
    verb->callback([words, &chosen] {
        chosen.run = [words] {
            stderr_logger log(log_format::text, log_level::warning);
            runtime rt;
            return rt.run(bench_get(rt, *words, log));
        };
    });
}

} // namespace sluice::command
