// base: bytes as text and back. The only percent-encoder of the house is here.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

std::string hex(bytes_view data); ///< lower case
void append_hex(std::string& to, bytes_view data);
std::optional<byte_vector> from_hex(std::string_view text); ///< either case; nullopt when malformed
std::string base64(bytes_view data);                        ///< padded, standard alphabet
std::optional<byte_vector> from_base64(std::string_view text); ///< strict: padding required

/// RFC 3986 unreserved bytes stay, all others become %XX (upper-case hex, space = %20).
std::string percent_encode(std::string_view raw);
/// The same, but '/' stays: for the path of an S3 request.
std::string percent_encode_path(std::string_view raw);
/// The two, behind what is in `to`.
void append_percent_encoded(std::string& to, std::string_view raw);
void append_percent_encoded_path(std::string& to, std::string_view raw);
/// Undoes %XX; nullopt when a '%' is not followed by two hex digits. '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

/// "64MiB", "1GB", "4096": bytes. Units B, k/K, KB, MB, GB, TB (1000) and KiB, MiB, GiB, TiB
/// (1024); a fraction is allowed ("1.5GiB"). The failure names `text` and shows an example.
result<std::uint64_t> parse_size(std::string_view text);
/// "15m", "2h", "500ms", "1h30m", "90" (seconds).
result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "1.5 GiB", "12 B": for people.
std::string human_size(std::uint64_t bytes);
/// "3 h 05 m", "12 s": for people.
std::string human_duration(std::chrono::seconds span);

/// "2026-11-23T10:00:00.123456Z": µs since 1970 UTC; outside the years 0000–9999: nullopt.
std::optional<std::string> format_timestamp(std::int64_t micros);
/// RFC 3339 with 'Z' or an offset and up to six fractional digits; nullopt when malformed.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

/// A JSON string literal with its quotes and minimal escapes (\" \\ \b \f \n \r \t, \u00xx).
/// `text` must be valid UTF-8 (see is_utf8).
void append_json_string(std::string& to, std::string_view text);
bool is_utf8(std::string_view text);

/// The nearest of `known` to `word` by edit distance, when it is near enough to suggest.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

} // namespace sluice
