// s3client: the chain as a provider: chosen anew, and asked, by each fetch.
#include "../core/sts.hpp"
#include "credential_fetch.hpp"
#include "shared_files.hpp"

#include <sluice/s3/credentials_provider.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/s3/proxy.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

class chain final : public credentials_provider {
  public:
    chain(any_io_executor on, environment env, chain_options options)
        : on_(std::move(on)), env_(std::move(env)), options_(std::move(options)) {}

    result<credential_choice> choose() const {
        auto files = read_shared_files(env_);
        if (!files) return files.error();
        return choose_source(env_, options_.profile, *files);
    }

    task<result<credentials>> fetch(deadline by) override {
        const auto choice = choose();
        if (!choice) co_return choice.error();
        const auto with = means();
        if (!with) co_return with.error();
        auto who = co_await fetch_from(*with, choice->from, by);
        if (who) co_return who;
        co_return without_credentials(*choice, who.error());
    }

    task<std::string> region(deadline by) override {
        std::string none;
        const auto choice = choose();
        if (!choice) co_return none;
        const auto* instance = std::get_if<instance_source>(&choice->from.how);
        const auto with = means();
        if (instance == nullptr || !with) co_return none;
        const auto told = co_await region_of_instance(*with, *instance, by);
        if (!told) co_return none;
        co_return *told;
    }

  private:
    result<fetch_means> means() const {
        const auto found = load_settings(env_, options_.profile);
        if (!found) return found.error();
        const std::string region = options_.region.empty() ? found->region : options_.region;
        fetch_means with;
        with.sts = sts_url(region);
        if (!found->sts_endpoint_url.empty()) {
            auto url = parse_http_url(found->sts_endpoint_url);
            if (!url) {
                failure why = url.error();
                why.where = "AWS_ENDPOINT_URL_STS, or its like, " + why.where;
                return why;
            }
            with.sts = std::move(*url);
            if (!region.empty()) with.sts.where.region = region;
        }
        const std::string& bundle = options_.ca_bundle;
        const std::string sts = with.sts.where.host;
        with.reach = [this, sts, bundle = bundle.empty() ? found->ca_bundle : bundle](
                         const endpoint& to, std::chrono::milliseconds limit
                     ) -> result<std::unique_ptr<network>> {
            endpoint where = to;
            where.ca_bundle = bundle;
            where.verify_certificate = options_.verify_certificate;
            // Addresses on the link have no proxy before them.
            const bool near = where.host.starts_with("169.254.") || where.host.starts_with("fd00:");
            auto proxy =
                near ? result<std::optional<proxy_address>>(std::nullopt) : find_proxy(env_, where);
            if (!proxy) return proxy.error();
            const reach whom = where.host == sts ? reach::stores : reach::agents;
            return create_network(on_, where, *proxy, limit, whom);
        };
        return with;
    }

    any_io_executor on_;
    environment env_;
    chain_options options_;
};

} // namespace

task<std::string> credentials_provider::region(deadline) {
    co_return std::string();
}

result<std::shared_ptr<credentials_provider>>
create_credential_chain(any_io_executor on, environment env, chain_options options) {
    auto made = std::make_shared<chain>(std::move(on), std::move(env), std::move(options));
    const auto choice = made->choose();
    if (!choice) return choice.error();
    return std::shared_ptr<credentials_provider>(std::move(made));
}

} // namespace sluice::s3
