// s3client: credentials fetched from a source that was chosen.
#pragma once

#include "../core/credential_source.hpp"
#include "network.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <functional>
#include <memory>

namespace sluice::s3 {

/// What sources need of the world.
struct fetch_means {
    /// A way to a server; given so that tests can be it.
    std::function<
        result<std::unique_ptr<network>>(const endpoint&, std::chrono::milliseconds limit)>
        reach;
    http_url sts;
};

/// Errors: no_credentials and those of the exchanges; `where` does not name the source. The end of
/// what it returns is by this machine's clock, whatever that is. Cancellation: terminal (throws).
task<result<credentials>>
fetch_from(const fetch_means& with, const credential_source& from, deadline by);

/// The region that the instance stands in. Errors: those of the exchange.
task<result<std::string>>
region_of_instance(const fetch_means& with, const instance_source& from, deadline by);

} // namespace sluice::s3
