// s3sim: who may sign, and with what.
#include "core/identities.hpp"

#include <sluice/base/text.hpp>

#include <charconv>
#include <optional>
#include <string_view>

namespace sluice::sim {

namespace identity_detail {

/// The end that an access key names; nullopt: it is none of those.
std::optional<sys_seconds> end_of(std::string_view access_key) {
    constexpr std::string_view start = "ASIA";
    constexpr std::size_t digits = 8;
    if (!access_key.starts_with(start) || access_key.size() < start.size() + digits)
        return std::nullopt;
    const std::string_view text = access_key.substr(start.size(), digits);
    std::uint64_t seconds = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return sys_seconds(std::chrono::seconds(seconds));
}

std::string derived(const signature_rules& rules, const std::string& text) {
    const auto digest = hmac_sha256(as_bytes(rules.secret_key), as_bytes(text));
    return hex(digest);
}

refusal unknown_key(const authorization& who) {
    auto why = refuse(
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records."
    );
    why.details.emplace_back("AWSAccessKeyId", who.access_key);
    return why;
}

} // namespace identity_detail

outcome<signing_identity>
find_identity(const authorization& who, const signature_rules& rules, sys_seconds now) {
    using namespace identity_detail;
    if (who.access_key == rules.access_key)
        return signing_identity{rules.secret_key, rules.session_token};
    const auto end = rules.temporary_keys ? end_of(who.access_key) : std::nullopt;
    if (!end) return unknown_key(who);
    if (now >= *end) return refuse(400, "ExpiredToken", "The provided token has expired.");
    return signing_identity{
        derived(rules, who.access_key), derived(rules, "token:" + who.access_key)};
}

} // namespace sluice::sim
