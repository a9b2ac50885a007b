// s3client: limits of a client, each with its unit and reason.
#pragma once

#include <sluice/base/retry.hpp>

#include <chrono>
#include <cstddef>

namespace sluice::s3 {

struct client_limits {
    std::chrono::milliseconds connect{5'000}; ///< TCP and TLS handshake, each address
    std::chrono::milliseconds first_byte{
        60'000};                            ///< from the last request byte to the first answer byte
    std::chrono::milliseconds idle{30'000}; ///< no byte moved in either direction within a body
    std::uint64_t slowest =
        1024; ///< bytes a second of a body, on average over each `idle` of waiting
    /// CompleteMultipartUpload may think for minutes; and no answer that is text takes longer,
    /// however steadily its bytes trickle.
    std::chrono::milliseconds complete{600'000};
    std::chrono::milliseconds max_idle_age{
        5'000};                   ///< servers close idle connections; older ones are not re-used
    std::size_t connections = 64; ///< per endpoint; more requests wait
    /// Bytes per read or write call, and with them per turn on the executor (half a millisecond):
    /// fits an L2 cache of today. Less, where others on the same executor must not wait so long.
    std::size_t window = 1 << 20;
    retry_rules retries;
};

} // namespace sluice::s3
