// s3sim: percent-encoding, written apart from the client's so that both check each other.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::sim {

/// What SigV4 calls UriEncode: letters, digits and -._~ stay, every other byte becomes %XX.
/// `keep_slash` is for the path of the canonical request.
std::string uri_encode(std::string_view raw, bool keep_slash);

/// Undoes %XX once. `plus_is_space` holds for query strings, as S3 reads them.
/// nullopt when a '%' is not followed by two hex digits.
std::optional<std::string> uri_decode(std::string_view text, bool plus_is_space);

/// What S3 does to keys in a listing with encoding-type=url: letters, digits, -._* and / stay,
/// space becomes '+', all else %XX.
std::string listing_encode(std::string_view raw);

} // namespace sluice::sim
