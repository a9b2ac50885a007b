// s3client: settings, proxy and credentials, put together.
#include <sluice/s3/find_client_options.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

result<endpoint> find_endpoint(const settings& found) {
    const std::string region = found.region.empty() ? "us-east-1" : found.region;
    endpoint where = aws_endpoint(region);
    if (!found.endpoint_url.empty()) {
        auto parsed = parse_endpoint(found.endpoint_url);
        if (!parsed) return parsed.error();
        where = std::move(*parsed);
        if (!found.region.empty()) where.region = region;
    }
    where.ca_bundle = found.ca_bundle;
    return where;
}

} // namespace

result<client_options> find_client_options(
    any_io_executor on, const environment& env, const std::string& profile, logger* log
) {
    const auto found = load_settings(env, profile);
    if (!found) return found.error();
    auto where = find_endpoint(*found);
    if (!where) return where.error();
    auto proxy = find_proxy(env, *where);
    if (!proxy) return proxy.error();
    chain_options chain;
    chain.profile = profile;
    auto provider = create_credential_chain(std::move(on), env, std::move(chain));
    if (!provider) return provider.error();

    client_options options;
    options.where = std::move(*where);
    options.provider = std::move(*provider);
    options.learn_region = found->region.empty();
    options.proxy = std::move(*proxy);
    options.send_checksums = found->send_checksums.value_or(true);
    options.validate_checksums = found->validate_checksums.value_or(true);
    if (found->max_attempts) options.limits.retries.max_attempts = *found->max_attempts;
    options.log = log;
    if (log != nullptr)
        for (const std::string& each : found->warnings)
            log->write(log_level::warning, each);
    return options;
}

} // namespace sluice::s3
