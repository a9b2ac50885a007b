// s3sim: the server: its parts, its threads, its end.
#include "sluice/sim/server.hpp"

#include "io/byte_stream.hpp"
#include "io/connection.hpp"
#include "io/data_dir.hpp"
#include "io/medium.hpp"
#include "io/site.hpp"
#include "io/synthetic.hpp"

#include <sluice/base/error.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

namespace sluice::sim {

namespace server_detail {

task<void> serve_stream(site& here, std::unique_ptr<byte_stream> stream) {
    connection one(here, std::move(stream));
    co_await one.serve();
}

site_rules rules_of(const server_options& options) {
    site_rules rules;
    rules.signing.access_key = options.access_key;
    rules.signing.secret_key = options.secret_key;
    rules.signing.session_token = options.session_token;
    rules.signing.region = options.region;
    rules.signing.temporary_keys = options.temporary_keys;
    rules.operations.region = options.region;
    rules.operations.lifecycle = options.lifecycle;
    if (!options.tls_certificate.empty()) rules.operations.scheme = "https";
    rules.operations.abort_uploads_after_days = options.abort_uploads_after_days;
    rules.domain = options.domain;
    rules.report = options.report;
    return rules;
}

store_rules strictness_of(const server_options& options) {
    store_rules rules;
    rules.min_part_size = options.min_part_size;
    return rules;
}

failure unusable(std::string where) {
    return {errc::invalid_argument, std::move(where), {}, {}};
}

/// The file's text; the failure names the option.
result<std::string> read_scenario_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) return unusable("--scenario " + name + ": cannot be read");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Profile, then scenario files in their order, then single switches.
result<scenario> first_scenario(const server_options& options) {
    scenario first;
    if (!options.profile.empty()) {
        if (auto added = add_profile(first.odd, options.profile); !added)
            return unusable("--profile " + added.error().where);
    }
    for (const auto& name : options.scenarios) {
        const auto text = read_scenario_file(name);
        if (!text) return text.error();
        if (auto added = add_scenario(first, *text); !added)
            return unusable("--scenario " + name + ": " + added.error().where);
    }
    for (const auto& word : options.quirks) {
        if (auto added = add_quirk(first.odd, word); !added)
            return unusable("--quirk " + added.error().where);
    }
    if (options.ignore_conditions) first.odd.ignore_conditions = true;
    if (options.ignore_checksums) first.odd.ignore_checksums = true;
    if (options.latency.count() > 0) first.speed.latency = options.latency;
    if (options.bytes_per_second > 0) first.speed.bytes_per_second = options.bytes_per_second;
    if (options.requests_per_second > 0)
        first.speed.requests_per_second = options.requests_per_second;
    if (options.seed > 0 || !first.seed) first.seed = options.seed;
    return first;
}

result<opened_data_dir> open_medium(const server_options& options) {
    if (!options.data_dir.empty()) return open_data_dir(options.data_dir);
    opened_data_dir out;
    out.keep = make_memory_medium(options.discard_from);
    return out;
}

result<void> create_buckets(store& in, const std::vector<std::string>& names) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (const auto& name : names) {
        const auto made = in.create_bucket(name, now);
        const bool there = made || made.error().code == "BucketAlreadyOwnedByYou";
        if (!there) return unusable("--bucket " + name + ": " + made.error().message);
    }
    return {};
}

void serve(boost::asio::io_context& context, bool spin) {
    if (!spin) context.run();
    while (!context.stopped())
        context.poll();
}

} // namespace server_detail

struct server::parts {
    parts(const server_options& options, opened_data_dir kept, scenario first)
        : keep(std::move(kept.keep)),
          things(*keep, std::move(kept.found), server_detail::strictness_of(options)),
          here(
              things,
              server_detail::rules_of(options),
              std::move(first),
              server_detail::strictness_of(options)
          ),
          context(static_cast<int>(options.threads)) {}

    std::unique_ptr<medium> keep;
    store things;
    site here;
    boost::asio::io_context context;
    std::unique_ptr<listener> door;
    std::vector<std::jthread> threads;
    std::string url;
};

server::server(std::unique_ptr<parts> own) : parts_(std::move(own)) {}

server::~server() {
    parts_->context.stop();
    parts_->threads.clear();
}

std::uint16_t server::port() const {
    return parts_->door->port();
}

const std::string& server::url() const {
    return parts_->url;
}

result<std::unique_ptr<server>> server::start(const server_options& options) {
    using namespace server_detail;
    if (options.tls_certificate.empty() != options.tls_key.empty()) {
        return unusable("--tls-cert and --tls-key go together");
    }
    auto first = first_scenario(options);
    if (!first) return first.error();
    auto kept = open_medium(options);
    if (!kept) return kept.error();
    auto own = std::make_unique<parts>(options, std::move(*kept), std::move(*first));
    if (auto made = create_buckets(own->things, options.buckets); !made) return made.error();
    if (auto made = add_synthetic(own->things, options); !made) return made.error();
    const listen_options where{options.listen, options.tls_certificate, options.tls_key};
    auto door = make_listener(own->context.get_executor(), where);
    if (!door) return door.error();
    own->door = std::move(*door);
    const auto host = options.listen.substr(0, options.listen.rfind(':'));
    own->url = own->here.rules().operations.scheme + "://" + host + ':' +
               std::to_string(own->door->port());
    auto& here = own->here;
    own->door->start([&here](std::unique_ptr<byte_stream> stream) {
        return serve_stream(here, std::move(stream));
    });
    for (unsigned i = 0; i < std::max(1u, options.threads); ++i)
        own->threads.emplace_back([&context = own->context, spin = options.spin] {
            serve(context, spin);
        });
    return std::unique_ptr<server>(new server(std::move(own)));
}

} // namespace sluice::sim
