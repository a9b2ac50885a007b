// engine: from an address and options to a store that can be asked.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/engine/rates.hpp>
#include <sluice/engine/store_options.hpp>
#include <sluice/s3/ca_bundle.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

namespace sluice {

namespace {

std::optional<std::string> process_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return std::string(value);
}

std::string
option(const bucket_address& address, const std::string& name, const std::string& otherwise) {
    const auto own = address.options.find(name);
    return own == address.options.end() ? otherwise : own->second;
}

failure unusable(const std::string& what, const std::string& value, const std::string& known) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = what + " \"" + value + "\": must be " + known;
    return why;
}

/// `read-timeout` of the address: how long its server may be silent. CompleteMultipartUpload is not
/// meant: stores think about that for minutes.
result<s3::client_limits> limits_of(const bucket_address& address) {
    s3::client_limits limits;
    limits.window = 256 << 10; // the turns that docs/embedding.md promises
    const std::string text = option(address, "read-timeout", "");
    if (text.empty()) return limits;
    const auto patience = parse_duration(text);
    if (!patience || patience->count() <= 0)
        return unusable("read-timeout", text, "a time above zero, like 10s or 500ms");
    limits.first_byte = *patience;
    limits.idle = std::min(limits.idle, *patience);
    return limits;
}

failure unusable_rate(const std::string& option, failure why) {
    why.where = option + " " + why.where;
    return why;
}

result<s3::path_style> parse_path_style(const std::string& text) {
    if (text.empty() || text == "auto") return s3::path_style::automatic;
    if (text == "always") return s3::path_style::always;
    if (text == "never") return s3::path_style::never;
    return unusable("path style", text, "one of auto, always, never");
}

result<s3::payload_signing> parse_signing(const std::string& text) {
    if (text.empty() || text == "auto") return s3::payload_signing::automatic;
    if (text == "always") return s3::payload_signing::always;
    if (text == "never") return s3::payload_signing::never;
    return unusable("payload signing", text, "one of auto, always, never");
}

result<s3::endpoint> choose_endpoint(
    const bucket_address& address, const s3_options& common, const s3::settings& found
) {
    std::string region = option(address, "region", common.region);
    if (region.empty()) region = found.region;
    if (region.empty()) region = "us-east-1";
    std::string url = option(address, "endpoint", common.endpoint_url);
    if (url.empty()) url = found.endpoint_url;
    s3::endpoint where = s3::aws_endpoint(region);
    if (!url.empty()) {
        auto parsed = s3::parse_endpoint(url);
        if (!parsed) return parsed.error();
        where = *parsed;
    }
    auto style = parse_path_style(option(address, "path-style", common.path_style));
    if (!style) return style.error();
    where.region = region;
    where.style = *style;
    where.ca_bundle = common.ca_bundle.empty() ? found.ca_bundle : common.ca_bundle;
    where.verify_certificate = common.verify_ssl;
    return where;
}

/// Over plain HTTP nobody would look at it: what was named is to be there all the same.
result<void> check_ca_bundle(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    const bool empty = !file || file.peek() == std::ifstream::traits_type::eof();
    if (empty) return s3::unusable_bundle(path, errc::not_found);
    while (std::getline(file, line))
        if (line.find("-----BEGIN") != std::string::npos) return result<void>();
    return s3::unusable_bundle(path, errc::invalid_argument);
}

/// What reads back as this server.
std::string url_of(const s3::endpoint& where) {
    const bool brackets = where.host.find(':') != std::string::npos;
    const std::string host = brackets ? "[" + where.host + "]" : where.host;
    return (where.tls ? "https://" : "http://") + host + ":" + std::to_string(where.port);
}

/// Whether anybody has said where the bucket is.
bool names_region(
    const bucket_address& address, const s3_options& common, const s3::settings& found
) {
    return !option(address, "region", common.region).empty() || !found.region.empty();
}

} // namespace

result<s3::traffic_limits> traffic_of(const bucket_address& address, const s3_options& common) {
    s3::traffic_limits limits;
    limits.requests_per_second = common.requests_per_second;
    limits.requests_by_time = common.requests_by_time;
    const std::string bytes = option(address, "bwlimit", "");
    if (!bytes.empty()) {
        auto plan = parse_byte_plan(bytes);
        if (!plan) return unusable_rate("bwlimit", plan.error());
        limits.bytes_per_second = plan->always;
        limits.bytes_by_time = std::move(plan->by_time);
    }
    const std::string requests = option(address, "max-requests", "");
    if (!requests.empty()) {
        auto plan = parse_request_plan(requests);
        if (!plan) return unusable_rate("max-requests", plan.error());
        limits.requests_per_second = plan->always;
        limits.requests_by_time = std::move(plan->by_time);
    }
    return limits;
}

std::shared_ptr<s3::traffic>
traffic_of_all(any_io_executor on, const transfer_rules& rules, const wall_clock& clock) {
    if (!rules.bytes_per_second && rules.bytes_by_time.empty()) return nullptr;
    s3::traffic_limits limits;
    limits.bytes_per_second = rules.bytes_per_second;
    limits.bytes_by_time = rules.bytes_by_time;
    limits.clock = clock;
    return std::make_shared<s3::traffic>(std::move(on), limits);
}

result<s3::client_options> store_options(
    any_io_executor on,
    const bucket_address& address,
    const s3_options& common,
    const s3::environment& env,
    logger& log,
    const wall_clock& clock
) {
    const s3::environment environment = env ? env : s3::environment(process_environment);
    s3::settings found;
    const std::string profile = option(address, "profile", common.profile);
    auto loaded = s3::load_settings(environment, profile);
    if (loaded)
        found = std::move(*loaded);
    else if (common.sign_requests)
        return loaded.error();
    auto where = choose_endpoint(address, common, found);
    if (!where) return where.error();
    if (!where->tls && !common.ca_bundle.empty()) {
        auto readable = check_ca_bundle(common.ca_bundle);
        if (!readable) return readable.error();
    }
    auto signing = parse_signing(common.sign_payload);
    if (!signing) return signing.error();
    auto proxy = s3::find_proxy(environment, *where);
    if (!proxy) return proxy.error();

    auto rates = traffic_of(address, common);
    if (!rates) return rates.error();
    auto limits = limits_of(address);
    if (!limits) return limits.error();

    rates->clock = clock;
    s3::client_options options;
    options.to_server = std::make_shared<s3::traffic>(on, rates->times(common.share_of_rates));
    options.clock = clock;
    options.limits = *limits;
    options.where = *where;
    options.who.anonymous = !common.sign_requests;
    if (common.sign_requests) {
        s3::chain_options chain;
        chain.profile = profile;
        chain.region = option(address, "region", common.region);
        chain.ca_bundle = where->ca_bundle;
        chain.verify_certificate = where->verify_certificate;
        auto provider = s3::create_credential_chain(on, environment, std::move(chain));
        if (!provider) return provider.error();
        options.provider = std::move(*provider);
        options.learn_region = !names_region(address, common, found);
    }
    options.proxy = std::move(*proxy);
    options.signing = *signing;
    // A checksum that was asked for by name is sent; otherwise the settings may leave it out.
    options.send_checksums =
        common.checksum == "auto" ? found.send_checksums.value_or(true) : common.checksum != "none";
    options.validate_checksums = found.validate_checksums.value_or(true);
    if (found.max_attempts) options.limits.retries.max_attempts = *found.max_attempts;
    for (const std::string& each : found.warnings)
        if (!common.told || common.told->is_new(each)) log.write(log_level::warning, each);
    options.log = &log;
    return options;
}

result<opened_store> open_store(
    any_io_executor on,
    const bucket_address& address,
    const s3_options& common,
    const s3::environment& env,
    logger& log,
    std::shared_ptr<s3::traffic> in_all,
    wall_clock clock,
    std::shared_ptr<s3::retry_budgets> budgets,
    any_io_executor blocking
) {
    auto options = store_options(on, address, common, env, log, clock);
    if (!options) return options.error();
    options->in_all = std::move(in_all);
    options->budgets = std::move(budgets);
    options->blocking = std::move(blocking);
    opened_store opened;
    opened.endpoint = options->where.host + ":" + std::to_string(options->where.port);
    opened.url = url_of(options->where);
    auto client = s3::create_client(on, std::move(*options));
    if (!client) return client.error();
    opened.client = std::move(*client);
    return opened;
}

result<opened_store> open_store(
    any_io_executor on,
    const bucket_address& address,
    const s3_options& common,
    const engine_options& options,
    std::shared_ptr<s3::traffic> in_all
) {
    if (options.stores) {
        auto brought = options.stores(address);
        if (!brought) return brought.error();
        opened_store opened;
        opened.own = std::move(brought->store);
        opened.endpoint = std::move(brought->endpoint);
        if (opened.own) return opened;
    }
    logger& log = options.log ? *options.log : silent_logger();
    const auto& env = options.environment;
    return open_store(
        on,
        address,
        common,
        env,
        log,
        std::move(in_all),
        options.clock,
        options.budgets,
        options.blocking
    );
}

} // namespace sluice
