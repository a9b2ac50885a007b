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
    rules.operations.ignore_checksums = options.ignore_checksums;
    rules.operations.abort_uploads_after_days = options.abort_uploads_after_days;
    rules.domain = options.domain;
    rules.ignore_conditions = options.ignore_conditions;
    rules.report = options.report;
    return rules;
}

failure unusable(std::string where) {
    return {errc::invalid_argument, std::move(where), {}, {}};
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

} // namespace server_detail

struct server::parts {
    parts(const server_options& options, opened_data_dir kept)
        : keep(std::move(kept.keep)),
          things(*keep, std::move(kept.found), options.min_part_size),
          here(things, server_detail::rules_of(options), options.seed),
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
    auto kept = open_medium(options);
    if (!kept) return kept.error();
    auto own = std::make_unique<parts>(options, std::move(*kept));
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
        own->threads.emplace_back([&context = own->context] { context.run(); });
    return std::unique_ptr<server>(new server(std::move(own)));
}

} // namespace sluice::sim
