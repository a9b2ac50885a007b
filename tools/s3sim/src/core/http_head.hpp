// s3sim: the head of a request, read strictly and kept as it was sent.
#pragma once

#include "core/refusal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

struct header {
    std::string name;  ///< lower case
    std::string value; ///< as sent, without the blanks around it
};

struct request_head {
    std::string method;
    std::string target; ///< raw bytes, still percent-encoded
    bool keep_alive = true;
    std::vector<header> headers; ///< in the order sent, repetitions included

    /// The first header of that (lower-case) name, or nullptr.
    const std::string* find(std::string_view name) const;
    /// Its value, or "" when absent.
    std::string_view get(std::string_view name) const;
};

/// Bytes a head may have, blank line included.
inline constexpr std::size_t max_head_bytes = 64 * 1024;

/// `text` ends with the blank line. Refuses (400) what RFC 9112 lets a server refuse: bare LF,
/// folded lines, blanks before a colon, control bytes, repeated Host or Content-Length.
outcome<request_head> parse_head(std::string_view text);

/// The declared length of the body; nullopt when none is declared. Chunked bodies are refused
/// (501).
outcome<std::optional<std::uint64_t>> body_length(const request_head& head);

/// Decimal digits only; nullopt for anything else or on overflow.
std::optional<std::uint64_t> parse_number(std::string_view text);

} // namespace sluice::sim
