// s3client: making a client.
#include "client_impl.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

/// What enters the head of every request.
const std::string* first_unsafe(const client_options& options) {
    for (const std::string* each :
         {&options.where.host,
          &options.where.region,
          &options.who.access_key,
          &options.who.session_token,
          &options.terms.expected_owner})
        if (!is_header_safe(*each)) return each;
    return nullptr;
}

} // namespace

namespace {

client_options complete(client_options options, const any_io_executor& on) {
    if (!options.to_server) options.to_server = std::make_shared<traffic>(on, traffic_limits());
    if (!options.budgets) options.budgets = std::make_shared<retry_budgets>();
    return options;
}

} // namespace

client_impl::client_impl(
    any_io_executor on, client_options options, std::unique_ptr<network> through
)
    : options_(complete(std::move(options), on)),
      network_(std::move(through)),
      pool_(on, *network_, options_.limits, stats_),
      signer_(options_.who),
      budget_(budget_at(options_.where)),
      random_(std::random_device()()) {
    if (options_.provider)
        keeper_ = std::make_unique<credential_keeper>(
            std::move(on), options_.provider, options_.learn_region, options_.log
        );
}

result<std::unique_ptr<client>> create_client(any_io_executor on, client_options options) {
    if (const std::string* unsafe = first_unsafe(options)) {
        failure why;
        why.code = s3_errc::unsafe_input;
        why.where = unsafe == &options.where.host       ? "control bytes in the endpoint's host"
                    : unsafe == &options.where.region   ? "control bytes in the region"
                    : unsafe == &options.who.access_key ? "control bytes in the access key"
                    : unsafe == &options.who.session_token
                        ? "control bytes in the session token"
                        : "control bytes in the bucket's expected owner";
        return why;
    }
    network_ground ground;
    ground.beside = options.blocking;
    auto through = create_network(
        on, options.where, options.proxy, options.limits.connect, reach::stores, std::move(ground)
    );
    if (!through) return through.error();
    std::unique_ptr<client> made =
        std::make_unique<client_impl>(std::move(on), std::move(options), std::move(*through));
    return made;
}

} // namespace sluice::s3
