// s3client: single requests to the services that hand out credentials.
#pragma once

#include "../core/http_head.hpp"
#include "../core/response_reader.hpp"
#include "network.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/endpoint.hpp>

#include <chrono>
#include <string>

namespace sluice::s3 {

struct plain_request {
    endpoint where;
    std::string method = "GET";
    std::string target = "/"; ///< as it goes over the wire
    header_list headers;      ///< without host and content-length
    std::string body;
};

/// How long one try may take, and how many there are. Between them it pauses, longer each time.
struct exchange_patience {
    std::chrono::milliseconds answer{5'000}; ///< to the first byte, and for each stop after it
    unsigned tries = 3;
};

/// The host header of requests to `where`.
std::string host_header(const endpoint& where);

/// Sends it on a connection of its own. Any final status is an answer; 5xx and lost connections are
/// tried again. Errors: those of the network, connection_lost, timed_out, malformed_answer,
/// unsafe_input. They hold nothing of headers and bodies. Cancellation: terminal (throws).
task<result<answer>>
exchange(network& over, const plain_request& what, const exchange_patience& patience, deadline by);

} // namespace sluice::s3
