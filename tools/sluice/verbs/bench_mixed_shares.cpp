// tools: `sluice bench mixed`: exports of one engine towards one server, each with its weight.
#include "bench_mixed_shares.hpp"

#include "../core/json_text.hpp"
#include "../core/transfer_options.hpp"
#include "../core/window_shares.hpp"
#include "../io/stderr_logger.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/engine.hpp>
#include <sluice/engine/open_store.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace sluice::command {

namespace {

using clock = std::chrono::steady_clock;

constexpr unsigned weights[] = {1, 2, 4};
/// So many at once together: a multiple of the weights' sum.
constexpr unsigned at_once = 14;

struct counter {
    std::uint64_t bytes = 0, parts = 0;
};

/// The client of S3, and what each part brought when it had arrived: an export's own figures are
/// some hundred milliseconds old.
class counting_store final : public s3::object_store {
  public:
    counting_store(opened_store to, std::shared_ptr<counter> count)
        : to_(std::move(to)), count_(std::move(count)) {}

    task<result<s3::put_receipt>>
    put(const s3::put_request& what, s3::body_source& from, deadline by) override {
        return to_.use().put(what, from, by);
    }
    task<result<s3::object_head>>
    get(const s3::get_request& what, s3::body_sink& to, deadline by) override {
        return to_.use().get(what, to, by);
    }
    task<result<s3::object_head>>
    head(const std::string& bucket, const std::string& key, deadline by) override {
        return to_.use().head(bucket, key, by);
    }
    task<result<void>>
    remove(const std::string& bucket, const std::string& key, deadline by) override {
        return to_.use().remove(bucket, key, by);
    }
    task<result<s3::list_page>> list(const s3::list_request& what, deadline by) override {
        return to_.use().list(what, by);
    }
    task<result<s3::created_upload>>
    create_upload(const s3::create_upload_request& what, deadline by) override {
        return to_.use().create_upload(what, by);
    }
    task<result<s3::part_receipt>>
    upload_part(const s3::upload_part_request& what, s3::body_source& from, deadline by) override {
        const std::uint64_t size = from.size();
        auto sent = co_await to_.use().upload_part(what, from, by);
        if (sent) {
            count_->bytes += size;
            ++count_->parts;
        }
        co_return sent;
    }
    task<result<std::string>>
    complete_upload(const s3::complete_upload_request& what, deadline by) override {
        return to_.use().complete_upload(what, by);
    }
    task<result<void>> abort_upload(
        const std::string& bucket, const std::string& key, const std::string& upload_id, deadline by
    ) override {
        return to_.use().abort_upload(bucket, key, upload_id, by);
    }
    task<result<std::vector<s3::finished_part>>>
    list_parts(const s3::list_parts_request& what, deadline by) override {
        return to_.use().list_parts(what, by);
    }
    task<result<std::vector<s3::open_upload>>>
    list_uploads(const s3::list_uploads_request& what, deadline by) override {
        return to_.use().list_uploads(what, by);
    }

  private:
    opened_store to_;
    std::shared_ptr<counter> count_;
};

std::string name_of(unsigned weight) {
    return "weight-" + std::to_string(weight);
}

result<export_spec> spec_of(const shares_scene& scene, unsigned weight) {
    export_words words;
    words.common.name = name_of(weight);
    words.common.s3.endpoint_url = scene.server;
    words.common.weight = weight;
    words.common.concurrency = at_once;
    words.from = "log://" + scene.scratch + "/" + scene.stream;
    words.to = {"s3://" + scene.bucket + "/" + words.common.name};
    words.object_bytes = "16MiB";
    words.part_size = "256KiB"; // some hundred of a second, together
    return make_export_spec(words);
}

/// The exports, as far as they have been started, and their parts.
struct shared_run {
    std::vector<transfer> running;
    std::map<std::string, std::shared_ptr<counter>> counters; ///< by prefix
};

task<result<void>> start_all(engine& with, const shares_scene& scene, shared_run& run) {
    for (const unsigned weight : weights) {
        auto spec = spec_of(scene, weight);
        if (!spec) co_return spec.error();
        auto starting = with.start(std::move(*spec));
        auto started = co_await std::move(starting);
        if (!started) co_return started.error().why;
        run.running.push_back(std::move(*started));
    }
    co_return result<void>();
}

bool has_ended(const transfer& each) {
    const std::string state = each.snapshot().state;
    return state == "completed" || state == "failed";
}

/// From the moment at which all of them move.
task<void> watch(const shares_scene& scene, shared_run& run, shares_report& report) {
    window_shares shares({std::begin(weights), std::end(weights)});
    std::optional<clock::time_point> began;
    std::vector<counter> before;
    const auto gives_up = clock::now() + scene.span + std::chrono::seconds(60);
    while (std::ranges::none_of(run.running, has_ended) && clock::now() < gives_up) {
        const auto now = clock::now();
        std::vector<counter> all;
        std::vector<std::uint64_t> totals;
        for (const unsigned weight : weights) {
            all.push_back(*run.counters.at(name_of(weight)));
            totals.push_back(all.back().bytes);
        }
        const auto moves = [](const counter& each) { return each.parts > at_once; };
        if (!began && std::ranges::all_of(all, moves)) {
            began = now;
            before = all;
        }
        if (began) {
            shares.sample(now - *began, std::move(totals));
            report.seconds = std::chrono::duration<double>(now - *began).count();
            report.parts = 0;
            for (std::size_t n = 0; n < all.size(); ++n) {
                report.exports[n].bytes = all[n].bytes - before[n].bytes;
                report.parts += all[n].parts - before[n].parts;
            }
            if (now - *began >= scene.span) break;
        }
        co_await sleep_for(std::chrono::milliseconds(5));
    }
    report.unevenness = shares.most_uneven();
}

std::uint64_t bytes_of(const shares_report& report) {
    std::uint64_t all = 0;
    for (const weighted_export& each : report.exports)
        all += each.bytes;
    return all;
}

} // namespace

task<result<shares_report>> measure_shares(const shares_scene& scene) {
    shares_report report;
    shared_run run;
    for (const unsigned weight : weights) {
        report.exports.push_back({weight});
        run.counters.emplace(name_of(weight), std::make_shared<counter>());
    }
    stderr_logger log(log_format::text, log_level::error);
    engine_options options;
    options.data_dir = scene.scratch;
    options.state_file = scene.scratch + "/shares.sqlite";
    options.log = &log;
    options.memory = scene.memory;
    options.stores = [&](const bucket_address& address) -> result<own_store> {
        s3_options s3;
        s3.endpoint_url = scene.server;
        auto opened = open_store(scene.on, address, s3, s3::environment(), log);
        if (!opened) return opened.error();
        const std::string endpoint = opened->endpoint;
        auto counted =
            std::make_shared<counting_store>(std::move(*opened), run.counters.at(address.prefix));
        return own_store{std::move(counted), endpoint};
    };
    engine with(scene.on, options);
    auto ended = co_await start_all(with, scene, run);
    if (ended) co_await watch(scene, run, report);
    for (transfer& each : run.running)
        each.halt();
    for (transfer& each : run.running) {
        const sluice::report done = co_await each.wait();
        const bool cut = done.outcome && done.outcome->code == engine_errc::paused;
        if (ended && done.outcome && !cut) ended = *done.outcome;
    }
    co_await with.shutdown();
    if (!ended) co_return ended.error();
    co_return report;
}

double shares_report::share_of(const weighted_export& one) const {
    const auto all = static_cast<double>(bytes_of(*this));
    return all > 0 ? static_cast<double>(one.bytes) / all : 0;
}

double shares_report::due_to(const weighted_export& one) const {
    double all = 0;
    for (const weighted_export& each : exports)
        all += each.weight;
    return one.weight / all;
}

std::string shares_report::text() const {
    std::string lines = fmt::format(
        "shares by weight: exports towards one server, {} parts of 256 KiB in {:.1f} s\n",
        parts,
        seconds
    );
    for (const weighted_export& each : exports)
        lines += fmt::format(
            "  weight {:<4} {:>10.1f} MiB {:>6.1f} %   due {:>5.1f} %\n",
            each.weight,
            static_cast<double>(each.bytes) / (1 << 20),
            100 * share_of(each),
            100 * due_to(each)
        );
    if (unevenness)
        lines += fmt::format(
            "  at most {:.1f} % from their share of any second (aim: 5)\n", 100 * *unevenness
        );
    return lines;
}

std::string shares_report::json() const {
    json_array rows;
    for (const weighted_export& each : exports) {
        json_object row;
        row.number("weight", each.weight).number("bytes", each.bytes);
        row.real("share", share_of(each)).real("due", due_to(each));
        rows.add(row.done());
    }
    json_object all;
    all.real("seconds", seconds).number("parts", parts);
    if (unevenness)
        all.real("unevenness", *unevenness);
    else
        all.null("unevenness");
    all.value("exports", rows.done());
    return all.done();
}

} // namespace sluice::command
