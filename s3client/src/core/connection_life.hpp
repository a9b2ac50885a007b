// s3client: may a connection be used again? Rules on values; the pool obeys them.
#pragma once

#include <sluice/base/retry.hpp>

#include <chrono>
#include <cstdint>

namespace sluice::s3 {

/// How one exchange of request and answer ended.
struct exchange_end {
    bool request_sent = false;      ///< head and whole body
    bool answer_whole = false;      ///< head and whole body, framed by length or chunks
    bool keep_alive = false;        ///< the server said so
    bool early_answer = false;      ///< it came before the body was sent
    std::uint64_t bytes_beyond = 0; ///< read behind the end of the answer
};
/// Only a whole exchange that nobody contradicts leaves a connection whose next byte is certain.
bool may_keep(const exchange_end& end);

/// An idle connection is reused while young and silent: a readable one was closed by the server,
/// or carries bytes that nobody asked for.
bool may_reuse(
    std::chrono::steady_clock::duration idle, bool readable, std::chrono::milliseconds max_idle
);

/// A reused connection that died before any byte of an answer: the server had closed it. The
/// request goes out at once on a fresh one, once, without counting as a try.
bool may_repeat_at_once(bool reused, bool answer_begun, bool repeated_before, bool safe_to_repeat);

/// What is worth reading from an answer's rest to save the connection, instead of closing it.
inline constexpr std::uint64_t most_to_drain = 64 << 10;

} // namespace sluice::s3
