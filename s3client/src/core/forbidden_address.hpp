// s3client: addresses at which no store is, whatever a name resolves to.
#pragma once

#include <string>

namespace sluice::s3 {

/// Whether no request for a store may go to this numeric address: the link's own (where clouds have
/// the service that hands out a machine's credentials), "this network", broadcast and multicast; of
/// IPv6 also such as carry one of these IPv4 addresses. False for what is no address.
bool is_forbidden_address(const std::string& address);

} // namespace sluice::s3
