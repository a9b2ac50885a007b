// tools: what `sluice bench put` and `sluice bench get` have in common.
#include "bench_requests.hpp"

#include "../io/output.hpp"
#include "../io/traced_calls.hpp"
#include "bench_tools.hpp"
#include "flags.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/engine/store_options.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace sluice::command {

namespace {

constexpr std::uint64_t most_parts = 10'000;
constexpr std::uint64_t most_connections = 10'000;

result<void> read_sizes(const request_words& words, request_plan& plan) {
    auto object_bytes = size_of_option("--size", words.object_bytes);
    if (!object_bytes) return object_bytes.error();
    auto part = size_of_option("--part-size", words.part_size);
    if (!part) return part.error();
    if (*object_bytes == 0 || *part == 0)
        return usage_failure("--size and --part-size must be at least 1");
    plan.object_bytes = *object_bytes;
    plan.request_bytes = std::min(*part, *object_bytes);
    plan.objects = words.objects;
    if (plan.objects == 0) return usage_failure("--objects must be at least 1");
    if (plan.parts() > most_parts)
        return usage_failure(
            "--part-size " + words.part_size + ": an object has at most 10,000 parts"
        );
    return result<void>();
}

result<void> read_load(const request_words& words, load_rules& load) {
    if (words.connections == 0 || words.connections > most_connections)
        return usage_failure("--connections must be 1 to 10,000");
    auto warmup = duration_of_option("--warmup", words.warmup);
    if (!warmup) return warmup.error();
    auto lasts = duration_of_option("--duration", words.duration);
    if (!lasts) return lasts.error();
    if (lasts->count() == 0) return usage_failure("--duration must be at least 1ms");
    load.connections = words.connections;
    load.warmup = *warmup;
    load.duration = *lasts;
    load.requests = words.requests;
    load.until_settled = words.autoterm;
    load.raw_file = words.raw;
    return result<void>();
}

result<void> read_checksum(const request_words& words, request_plan& plan) {
    using kind = s3::checksum::kind;
    const std::string& word = words.s3.checksum;
    if (word == "auto" || word == "crc64nvme" || word.empty())
        plan.sum = kind::crc64nvme;
    else if (word == "crc32c")
        plan.sum = kind::crc32c;
    else if (word != "none")
        return usage_failure("--checksum " + word + ": must be auto, crc64nvme, crc32c or none");
    if (words.checksum_in != "trailer" && words.checksum_in != "header")
        return usage_failure("--checksum-in " + words.checksum_in + ": must be trailer or header");
    plan.in_trailer = words.checksum_in == "trailer";
    return result<void>();
}

/// A host alone gets its scheme from --tls.
result<std::string> url_of(const request_words& words) {
    if (words.host.empty()) return words.s3.endpoint_url;
    if (words.host.find("://") == std::string::npos)
        return (words.tls ? "https://" : "http://") + words.host;
    if (words.tls && !words.host.starts_with("https://"))
        return usage_failure("--tls with --endpoint " + words.host + ": give https:// or the host");
    return words.host;
}

} // namespace

result<request_plan> plan_requests(const request_words& words) {
    request_plan plan;
    auto where = parse_bucket_address(words.where);
    if (!where) return where.error();
    plan.where = std::move(*where);
    if (auto sizes = read_sizes(words, plan); !sizes) return sizes.error();
    if (auto load = read_load(words, plan.load); !load) return load.error();
    if (auto sum = read_checksum(words, plan); !sum) return sum.error();
    auto url = url_of(words);
    if (!url) return url.error();
    plan.s3 = words.s3;
    plan.s3.endpoint_url = *url;
    plan.count_calls = words.count_calls;
    return plan;
}

std::string request_bench::key(std::uint64_t object) const {
    return existing ? plan.where.prefix : fmt::format("{}/{:06}", folder, object);
}

result<request_bench>
open_bench(any_io_executor on, any_io_executor blocking, request_plan plan, logger& log) {
    const s3::environment of_process;
    auto options = store_options(on, plan.where, plan.s3, of_process, log);
    if (!options) return options.error();
    options->limits.connections = static_cast<std::size_t>(plan.load.connections);
    constexpr std::uint64_t overrun = 1'000; // so many at once, and a connect is tried again
    if (plan.load.connections > overrun) options->limits.connect = std::chrono::minutes(1);
    options->limits.window = s3::client_limits().window; // of the client alone, not of the engine
    options->send_checksums = plan.sum != s3::checksum::kind::none;
    // A benchmark is of one way of sending: that the store checks is taken for granted.
    options->store_verifies_checksums = true;
    if (!options->send_checksums && options->signing == s3::payload_signing::automatic)
        options->signing = s3::payload_signing::never;
    options->able.trailers = plan.in_trailer;
    options->blocking = std::move(blocking);
    request_bench bench;
    bench.endpoint = options->where.host + ":" + std::to_string(options->where.port);
    bench.tls = options->where.tls;
    auto client = s3::create_client(on, std::move(*options));
    if (!client) return client.error();
    bench.client = std::move(*client);
    const std::string& prefix = plan.where.prefix;
    bench.folder = prefix + (prefix.empty() ? "" : "/") + "run-" + nonce_of(new_token());
    bench.content = noise(static_cast<std::size_t>(plan.request_bytes));
    bench.plan = std::move(plan);
    return bench;
}

namespace {

/// System calls per GiB of bodies, of some more requests that strace looks at.
task<result<double>>
count_calls(any_io_executor on, request_bench& bench, const request_maker& make) {
    constexpr std::uint64_t each_sends = 20; ///< requests of a connection
    load_rules rules = bench.plan.load;
    rules.warmup = std::chrono::milliseconds(0);
    rules.requests = rules.connections * each_sends;
    rules.duration = std::chrono::seconds(10);
    rules.until_settled = false;
    rules.raw_file.clear();
    const auto moved = [&bench] {
        const s3::client_stats& stats = bench.client->stats();
        return stats.bytes_sent + stats.bytes_received;
    };
    traced_calls calls;
    const auto begun = co_await calls.begin();
    if (!begun) co_return begun.error();
    const std::uint64_t before = moved();
    request_report unused;
    auto running = run_load(on, *bench.client, std::move(rules), make, unused);
    const auto ran = co_await std::move(running);
    if (!ran) co_return ran.error();
    const auto counted = co_await calls.end();
    if (!counted) co_return counted.error();
    constexpr double gib = 1 << 30;
    co_return static_cast<double>(*counted) * gib / static_cast<double>(moved() - before);
}

} // namespace

task<int> measure_requests(
    any_io_executor on,
    request_bench& bench,
    request_maker make,
    request_settings settings,
    std::string json
) {
    const request_plan& plan = bench.plan;
    settings.endpoint = bench.endpoint;
    settings.tls = bench.tls;
    settings.connections = plan.load.connections;
    settings.object_bytes = plan.object_bytes;
    settings.request_bytes = plan.request_bytes;
    request_report report;
    report.settings = std::move(settings);
    auto running = run_load(on, *bench.client, plan.load, make, report);
    const auto ran = co_await std::move(running);
    if (!ran) co_return complain(ran.error(), side::destination);
    if (!report.cost.system_calls && !plan.count_calls)
        report.cost.why_not_counted = "the kernel does not let this user trace; "
                                      "--count-system-calls has strace count";
    if (!report.cost.system_calls && plan.count_calls) {
        const auto counted = co_await count_calls(on, bench, make);
        if (counted)
            report.cost.traced_calls_per_gib = *counted;
        else
            report.cost.why_not_counted = counted.error().where;
    }
    co_return tell_report(report_text(report), report_json(report), json);
}

task<void> remove_objects(request_bench& bench) {
    constexpr std::uint64_t at_once = 1000;
    for (std::uint64_t n = 0; n < bench.plan.objects; n += at_once) {
        s3::remove_many_request what;
        what.bucket = bench.plan.where.bucket;
        const std::uint64_t end = std::min(bench.plan.objects, n + at_once);
        for (std::uint64_t each = n; each < end; ++each)
            what.objects.push_back({bench.key(each), std::string()});
        const auto removed = co_await bench.client->remove_many(what, deadline::never());
        if (removed && removed->empty()) continue;
        write_err("left in place: s3://" + what.bucket + "/" + bench.folder + "/\n");
        co_return;
    }
}

void add_request_flags(CLI::App& to, request_words& words) {
    to.add_option("--size", words.object_bytes, "Bytes of each object")
        ->type_name("SIZE")
        ->capture_default_str();
    to.add_option("--part-size", words.part_size, "Bytes of each request, where objects are larger")
        ->type_name("SIZE")
        ->capture_default_str();
    to.add_option("--objects", words.objects, "How many, one after the other and over again")
        ->type_name("N")
        ->capture_default_str();
    to.add_option("--connections", words.connections, "Requests at once")
        ->type_name("N")
        ->capture_default_str();
    to.add_option("--warmup", words.warmup, "Not counted; at least a request on each connection")
        ->type_name("TIME")
        ->capture_default_str();
    to.add_option("--duration", words.duration, "Counted")
        ->type_name("TIME")
        ->capture_default_str();
    to.add_option("--requests", words.requests, "End when so many were counted (0: by time)")
        ->type_name("N")
        ->capture_default_str();
    to.add_flag(
        "--count-system-calls",
        words.count_calls,
        "By strace, in a short run of its own afterwards, if the kernel does not tell"
    );
    to.add_flag("--autoterm", words.autoterm, "End earlier, when throughput has settled");
    to.add_option("--raw", words.raw, "Write a line of CSV for each counted request to FILE")
        ->type_name("FILE");
    to.add_option("--json", words.json, "Write the figures to FILE (- is stdout)")
        ->type_name("FILE");
    to.add_option("--endpoint", words.host, "Server: host:port, or a URL as --endpoint-url")
        ->type_name("HOST");
    to.add_flag("--tls", words.tls, "Speak TLS with --endpoint host:port");
    add_s3_flags(to, words.s3);
}

} // namespace sluice::command
