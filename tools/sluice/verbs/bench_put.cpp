// tools: `sluice bench put`: uploads from memory, measured request by request.
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "../io/stderr_logger.hpp"
#include "bench_requests.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

using clock = request_moments::clock;

/// Memory as a body, which notes when its last byte was asked for.
class timed_source final : public s3::body_source {
  public:
    explicit timed_source(bytes_view bytes) : bytes_(bytes), left_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    task<result<bytes_view>> next(std::size_t most) override {
        const bytes_view piece = left_.first(std::min(most, left_.size()));
        left_ = left_.subspan(piece.size());
        if (left_.empty()) handed_out = clock::now();
        co_return piece;
    }
    void rewind() override { left_ = bytes_; }

    clock::time_point handed_out;

  private:
    bytes_view bytes_, left_;
};

/// One PutObject after the other; where objects have several parts one UploadPart after the other,
/// into uploads that are opened before and aborted behind.
class putting {
  public:
    explicit putting(request_bench& bench)
        : bench_(bench), of_workers_(bench.plan.load.connections) {
        s3::put_request whole;
        whole.bucket = bench.plan.where.bucket;
        whole.compute = bench.plan.sum;
        for (std::uint64_t n = 0; n < bench.plan.objects && bench.plan.parts() == 1; ++n) {
            whole.key = bench.key(n);
            puts_.push_back(whole);
        }
    }

    task<result<void>> prepare();
    task<result<request_moments>> make(std::uint64_t worker) {
        return bench_.plan.parts() == 1 ? put() : upload(worker);
    }
    task<void> clean_up(bool keep);

  private:
    task<result<request_moments>> put();
    task<result<request_moments>> upload(std::uint64_t worker);

    request_bench& bench_;
    std::vector<s3::put_request> puts_;
    std::vector<std::string> uploads_;                ///< of the objects
    std::vector<s3::upload_part_request> of_workers_; ///< used again
    std::uint64_t next_ = 0;
};

task<result<void>> putting::prepare() {
    const request_plan& plan = bench_.plan;
    if (plan.parts() == 1) co_return result<void>();
    s3::create_upload_request what;
    what.bucket = plan.where.bucket;
    what.algorithm = plan.sum;
    for (std::uint64_t n = 0; n < plan.objects; ++n) {
        what.key = bench_.key(n);
        const auto opened = co_await bench_.client->create_upload(what, deadline::never());
        if (!opened) co_return opened.error();
        uploads_.push_back(opened->id);
    }
    co_return result<void>();
}

task<result<request_moments>> putting::put() {
    const s3::put_request& what = puts_[next_++ % puts_.size()];
    timed_source from(bench_.content);
    request_moments one;
    one.begun = clock::now();
    const auto done = co_await bench_.client->put(what, from, deadline::never());
    if (!done) co_return done.error();
    one.ended = clock::now();
    // From the last byte sent to the answer, as others tell it of uploads.
    one.first_byte = one.begun + (one.ended - from.handed_out);
    one.bytes = from.size();
    co_return one;
}

task<result<request_moments>> putting::upload(std::uint64_t worker) {
    const request_plan& plan = bench_.plan;
    const std::uint64_t n = next_++;
    const std::uint64_t object = n / plan.parts() % plan.objects, part = n % plan.parts();
    s3::upload_part_request& what = of_workers_[worker];
    what.bucket = plan.where.bucket;
    what.key = bench_.key(object);
    what.upload_id = uploads_[object];
    what.number = static_cast<unsigned>(part + 1);
    what.compute = plan.sum;
    const auto size = static_cast<std::size_t>(plan.bytes_of(part));
    timed_source from(bytes_view(bench_.content).first(size));
    request_moments one;
    one.begun = clock::now();
    const auto done = co_await bench_.client->upload_part(what, from, deadline::never());
    if (!done) co_return done.error();
    one.ended = clock::now();
    one.first_byte = one.begun + (one.ended - from.handed_out);
    one.bytes = size;
    co_return one;
}

task<void> putting::clean_up(bool keep) {
    const std::string& bucket = bench_.plan.where.bucket;
    for (std::uint64_t n = 0; n < uploads_.size(); ++n) {
        const std::string key = bench_.key(n);
        const auto gone =
            co_await bench_.client->abort_upload(bucket, key, uploads_[n], deadline::never());
        if (!gone) complain(gone.error(), side::destination);
    }
    if (keep && uploads_.empty())
        write_err("left in place: s3://" + bucket + "/" + bench_.folder + "/\n");
    else if (uploads_.empty())
        co_await remove_objects(bench_);
}

task<int> bench_put(runtime& rt, const request_words& words, logger& log) {
    auto plan = plan_requests(words);
    if (!plan) co_return complain(plan.error(), side::neither);
    auto bench = open_bench(rt.executor(), rt.blocking(), std::move(*plan), log);
    if (!bench) co_return complain(bench.error(), side::destination);
    putting load(*bench);
    const auto ready = co_await load.prepare();
    if (!ready) co_return complain(ready.error(), side::destination);
    request_settings settings;
    settings.what = "put";
    settings.operation = bench->plan.parts() == 1 ? "PutObject" : "UploadPart";
    settings.objects = bench->plan.objects;
    const bool sums = bench->plan.sum != s3::checksum::kind::none;
    const bool castagnoli = bench->plan.sum == s3::checksum::kind::crc32c;
    settings.checksum = castagnoli ? "CRC32C" : "CRC64NVME";
    settings.checksum += bench->plan.in_trailer ? " behind the body" : " before the body";
    if (!sums) settings.checksum = "no checksum";
    request_maker make = [&load](std::uint64_t worker) { return load.make(worker); };
    auto measuring =
        measure_requests(rt.executor(), *bench, std::move(make), std::move(settings), words.json);
    const int status = co_await std::move(measuring);
    co_await load.clean_up(words.keep);
    bench->client->close();
    co_return status;
}

} // namespace

void add_bench_put(CLI::App& to, chosen_verb& chosen) {
    auto words = std::make_shared<request_words>();
    CLI::App* verb = to.add_subcommand("put", "Uploads from memory, request by request");
    verb->add_option("--to", words->where, "Bucket and prefix; the run gets a folder of its own")
        ->type_name("DEST")
        ->required();
    verb->add_option(
            "--checksum-in", words->checksum_in, "trailer (computed while sending) or header"
    )
        ->type_name("WORD")
        ->capture_default_str();
    verb->add_flag("--keep", words->keep, "Leave the objects in place");
    add_request_flags(*verb, *words);
    verb->footer("Objects larger than --part-size are multipart uploads: their parts are what is "
                 "measured, and the\nuploads are aborted.\n\nExamples:\n"
                 "  sluice bench put --to s3://bench --endpoint 127.0.0.1:9000 --connections 16\n"
                 "  sluice bench put --to s3://bench --size 4KiB --objects 1000 --json put.json");
    verb->callback([words, &chosen] {
        chosen.run = [words] {
            stderr_logger log(log_format::text, log_level::warning);
            runtime rt;
            return rt.run(bench_put(rt, *words, log));
        };
    });
}

} // namespace sluice::command
