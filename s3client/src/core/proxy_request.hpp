// s3client: what is said to a proxy.
#pragma once

#include "addressing.hpp"

#include <sluice/s3/proxy.hpp>

#include <string>

namespace sluice::s3 {

/// The head of CONNECT. Holds the password, where there is one.
std::string write_connect(const server_address& to, const proxy_address& proxy);

/// The failure that an answer to it is; `status` is no 2xx.
failure refused_by_proxy(unsigned status, const server_address& to, const proxy_address& proxy);

} // namespace sluice::s3
