// s3sim: keys that only the customer has (SSE-C): read, compared, and let go.
#pragma once

#include "core/http_head.hpp"
#include "core/refusal.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::sim {

/// Of the object that is asked for or made; of the object that is copied.
enum class key_of { object = 1, source };

/// Whether the header is one of those that a key travels in.
bool is_key_header(std::string_view name);

/// The MD5, in base64, of the key that a request carries; empty: it carries none. The key itself is
/// compared with that MD5 and kept nowhere. Refuses what is incomplete or does not fit (400).
outcome<std::string> read_customer_key(const request_head& head, key_of whose);

/// Whether what was stored with one key (its MD5; empty: with none) may be read with another: 400
/// where the one is missing or too much, 403 where it is a different one.
std::optional<refusal> check_customer_key(const std::string& given, const std::string& kept);
/// The same of a part and the upload it is for: 400.
std::optional<refusal> check_part_key(const std::string& given, const std::string& kept);

/// What an answer tells of the key: the algorithm and the MD5; nothing where there is none.
void tell_customer_key(
    const std::string& kept, std::vector<std::pair<std::string, std::string>>& headers
);

} // namespace sluice::sim
