// s3sim: the program: options in, one line out, then it serves until it is told to end.
#include "core/quirks.hpp"
#include "core/scenario.hpp"
#include "sluice/sim/server.hpp"

#include <sluice/base/text.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace {

struct command_line {
    sluice::sim::server_options options;
    std::string min_part_size = "5MiB";
    std::string discard_from;
    std::string synthetic;
    std::string lifecycle_file;
    std::string latency, bandwidth, max_requests;
    bool list_profiles = false;
    bool quiet = false;
};

void declare_options(CLI::App& app, command_line& to) {
    auto& o = to.options;
    o.listen = "127.0.0.1:9000";
    app.add_option("--listen", o.listen, "ADDRESS:PORT; port 0 takes a free one")
        ->capture_default_str();
    app.add_option("--data-dir", o.data_dir, "keep everything there; in memory otherwise");
    app.add_option("--access-key", o.access_key, "who may sign")->capture_default_str();
    app.add_option("--secret-key", o.secret_key, "with what")->capture_default_str();
    app.add_option("--session-token", o.session_token, "demand this x-amz-security-token");
    app.add_flag("--temporary-keys", o.temporary_keys, "accept keys that end, too: README.md");
    app.add_option("--region", o.region, "the only region that signatures may name")
        ->capture_default_str();
    app.add_option("--bucket", o.buckets, "make these buckets at the start");
    app.add_option("--domain", o.domain, "let BUCKET.DOMAIN address a bucket (virtual-host style)");
    app.add_option(
        "--lifecycle", to.lifecycle_file, "XML file that every bucket tells as its lifecycle"
    );
    app.add_option("--tls-cert", o.tls_certificate, "PEM file; speak HTTPS");
    app.add_option("--tls-key", o.tls_key, "PEM file");
    app.add_option("--min-part-size", to.min_part_size, "of parts that are not the last")
        ->capture_default_str();
    app.add_option(
           "--discard", to.discard_from, "check bodies of at least SIZE, but do not keep them"
    )
        ->type_name("SIZE");
    app.add_option(
           "--synthetic", to.synthetic, "every bucket begins with an object of that name and SIZE"
    )
        ->type_name("SIZE");
    app.add_flag("--spin", o.spin, "never sleep: clients are not charged for waking the server");
    app.add_option("--threads", o.threads, "that serve")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    app.add_option(
           "--abort-uploads-after",
           o.abort_uploads_after_days,
           "days that a lifecycle rule is said to have"
    )
        ->type_name("DAYS");
    app.add_option("--seed", o.seed, "of faults with a probability")->capture_default_str();
    app.add_flag(
        "--no-conditions", o.ignore_conditions, "ignore If-Match and If-None-Match on writes"
    );
    app.add_flag("--no-checksums", o.ignore_checksums, "ignore x-amz-checksum-* headers");
    app.add_option("--profile", o.profile, "be like this kind of store; --list-profiles names them")
        ->type_name("NAME");
    app.add_option("--quirk", o.quirks, "differ from S3 in this; --list-profiles names them")
        ->type_name("WORD[=VALUE]");
    app.add_option("--scenario", o.scenarios, "JSON file of quirks, pace and faults")
        ->type_name("FILE");
    app.add_flag("--list-profiles", to.list_profiles, "show profiles and quirks, and end");
    app.add_option("--latency", to.latency, "before each answer")->type_name("TIME");
    app.add_option("--bandwidth", to.bandwidth, "of each connection and direction: 50MiB/s")
        ->type_name("RATE");
    app.add_option(
           "--max-requests", to.max_requests, "served a second, the rest is told to slow down"
    )
        ->type_name("N/s");
    app.add_flag("--quiet", to.quiet, "say nothing on stderr");
}

/// False: it is none. Nothing given changes nothing.
bool read_size(const char* option, const std::string& words, std::uint64_t& to) {
    if (words.empty()) return true;
    const auto size = sluice::parse_size(words);
    if (size)
        to = *size;
    else
        std::fprintf(
            stderr, "sluice-s3sim: %s: %s\n", option, sluice::describe(size.error()).c_str()
        );
    return size.has_value();
}

bool complain_of(const char* option, const sluice::failure& why) {
    std::fprintf(stderr, "sluice-s3sim: %s: %s\n", option, why.where.c_str());
    return false;
}

/// False: one of them cannot be read.
bool read_pace(command_line& given) {
    auto& o = given.options;
    if (!given.latency.empty()) {
        const auto span = sluice::parse_duration(given.latency);
        if (!span) return complain_of("--latency", span.error());
        o.latency = *span;
    }
    if (!given.bandwidth.empty()) {
        const auto rate = sluice::sim::read_bandwidth(given.bandwidth);
        if (!rate) return complain_of("--bandwidth", rate.error());
        o.bytes_per_second = *rate;
    }
    if (given.max_requests.empty()) return true;
    const auto rate = sluice::sim::read_request_rate(given.max_requests);
    if (!rate) return complain_of("--max-requests", rate.error());
    o.requests_per_second = *rate;
    return true;
}

int list_profiles() {
    using namespace sluice::sim;
    std::printf("Profiles:\n");
    for (const auto& one : store_profiles()) {
        std::string words;
        for (const auto word : one.words)
            words += (words.empty() ? " (" : " ") + std::string(word);
        words += words.empty() ? "" : ")";
        const auto name = std::string(one.name), about = std::string(one.about);
        std::printf("  %-14s %s%s\n", name.c_str(), about.c_str(), words.c_str());
    }
    std::printf("Quirks:\n");
    for (const auto& row : quirk_table()) {
        const auto value = row.number ? "=N" : row.span ? "=TIME" : "";
        const auto name = std::string(row.name) + value, about = std::string(row.about);
        std::printf("  %-28s %s\n", name.c_str(), about.c_str());
    }
    return 0;
}

/// False: it cannot be read.
bool read_lifecycle(command_line& given) {
    if (given.lifecycle_file.empty()) return true;
    std::ifstream file(given.lifecycle_file);
    given.options.lifecycle.assign(std::istreambuf_iterator<char>(file), {});
    return file.good() || !given.options.lifecycle.empty();
}

/// Waits for SIGINT or SIGTERM, which are blocked in every thread.
void wait_for_end(const sigset_t& signals) {
    int which = 0;
    sigwait(&signals, &which);
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "A strict S3 server with fault injection, for tests. See README.md of its folder.",
        "sluice-s3sim"
    );
    command_line given;
    declare_options(app, given);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& why) {
        if (why.get_exit_code() == 0) return app.exit(why); // --help
        std::string said = why.what();
        std::replace(said.begin(), said.end(), '\n', ' ');
        std::fprintf(
            stderr, "sluice-s3sim: %s (`sluice-s3sim --help` shows what there is)\n", said.c_str()
        );
        return 2;
    }
    if (given.list_profiles) return list_profiles();
    if (!read_pace(given)) return 2;
    if (!read_size("--min-part-size", given.min_part_size, given.options.min_part_size) ||
        !read_size("--discard", given.discard_from, given.options.discard_from) ||
        !read_size("--synthetic", given.synthetic, given.options.synthetic_bytes))
        return 2;
    if (!read_lifecycle(given)) {
        std::fprintf(stderr, "sluice-s3sim: --lifecycle: the file cannot be read\n");
        return 2;
    }
    given.options.report = !given.quiet;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    const auto server = sluice::sim::server::start(given.options);
    if (!server) {
        std::fprintf(stderr, "sluice-s3sim: %s\n", sluice::describe(server.error()).c_str());
        return 2;
    }
    std::printf("listening on %s\n", (*server)->url().c_str());
    std::fflush(stdout);
    wait_for_end(signals);
    return 0;
}
