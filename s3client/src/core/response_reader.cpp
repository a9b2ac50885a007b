// s3client: statuses, headers and error bodies, read.
#include "response_reader.hpp"

#include "checksum_headers.hpp"
#include "trait_headers.hpp"
#include "utc_text.hpp"
#include "xml_documents.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::s3 {

namespace {

constexpr std::size_t peer_text_limit = 1024;

std::optional<std::uint64_t> read_number(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return value;
}

/// A region's name goes into a signature and may go into a host's name.
bool is_region(std::string_view text) {
    constexpr std::size_t longest = 64;
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    return text.size() <= longest && std::all_of(text.begin(), text.end(), fits);
}

failure to_failure(const answer& what, const error_document& error, subject about) {
    failure why;
    s3_errc meaning = meaning_of(what.head.status, error.code, about);
    const std::string region = read_region(what);
    // 400 with a foreign region is how some say that the signature names the wrong one.
    if (what.head.status == 400 && !region.empty() && error.code.empty())
        meaning = s3_errc::wrong_region;
    // Malformed for another reason than the region: the key is not one.
    if (error.code == "AuthorizationHeaderMalformed" && region.empty())
        meaning = s3_errc::invalid_credentials;
    why.code = meaning;
    why.request_id = what.head.text("x-amz-request-id");
    if (why.request_id.empty()) why.request_id = error.request_id;
    why.peer_text = error.code;
    if (!error.message.empty()) why.peer_text += (error.code.empty() ? "" : ": ") + error.message;
    if (error.code.empty() && !what.text.empty()) why.peer_text = what.text;
    if (why.peer_text.empty()) why.peer_text = "HTTP status " + std::to_string(what.head.status);
    if (meaning == s3_errc::wrong_region && !region.empty()) why.peer_text += " region: " + region;
    // Told, never followed: credentials go to no host that the user did not name.
    const std::string location(what.head.text("location"));
    if (meaning == s3_errc::wrong_region && !location.empty())
        why.peer_text += " (redirects to " + location + ")";
    if (why.peer_text.size() > peer_text_limit) why.peer_text.resize(peer_text_limit);
    return why;
}

} // namespace

std::string_view read_version(const response_head& head) {
    return head.text("x-amz-version-id");
}

removal_receipt read_removal(const response_head& head) {
    removal_receipt receipt;
    receipt.delete_marker = head.text("x-amz-delete-marker") == "true";
    receipt.version_id = read_version(head);
    return receipt;
}

bool is_success(const response_head& head) {
    return head.status >= 200 && head.status < 300;
}

failure read_failure(const answer& what, subject about) {
    auto error = read_error(what.text);
    return to_failure(what, error ? *error : error_document(), about);
}

std::optional<failure> read_hidden_failure(const answer& what, subject about) {
    const auto error = read_error(what.text);
    if (!error) return std::nullopt;
    failure why = to_failure(what, *error, about);
    // The status says nothing here; a code that nobody knows may mean anything.
    if (why.code == s3_errc::malformed_answer) why.code = s3_errc::internal_error;
    return why;
}

bool blames_checksum(const answer& what, const failure& why) {
    const bool refusal =
        why.code == s3_errc::not_implemented || why.code == s3_errc::other_client_error;
    const auto error = refusal ? read_error(what.text) : std::nullopt;
    if (!error || error->code.empty()) return false;
    const std::string text = error->code + ": " + error->message;
    const auto tells = [&text](std::string_view word) {
        return text.find(word) != std::string::npos;
    };
    constexpr std::array<std::string_view, 5> about = {
        "checksum", "Checksum", "trailer", "Trailer", "TRAILER"};
    constexpr std::array<std::string_view, 5> compared = {
        "match", "validate", "expected", "calculated", "computed"};
    return std::ranges::any_of(about, tells) && std::ranges::none_of(compared, tells);
}

std::string read_region(const answer& what) {
    std::string region(what.head.text("x-amz-bucket-region"));
    if (!region.empty()) return is_region(region) ? region : std::string();
    if (const auto error = read_error(what.text)) region = error->region;
    return is_region(region) ? region : std::string();
}

std::optional<std::int64_t> read_abort_date(const response_head& head) {
    const auto text = head.find("x-amz-abort-date");
    const auto when = text ? parse_http_date(*text) : std::nullopt;
    if (!when) return std::nullopt;
    return std::chrono::microseconds(when->time_since_epoch()).count();
}

std::optional<std::chrono::sys_seconds> read_server_time(const response_head& head) {
    const auto date = head.find("date");
    return date ? parse_http_date(*date) : std::nullopt;
}

std::optional<std::chrono::milliseconds> read_retry_hint(const response_head& head) {
    const auto text = head.find("x-amz-retry-after");
    const auto value = text ? read_number(*text) : std::nullopt;
    if (!value || *value > 3'600'000) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

result<void> check_customer_key(const request& asked, const response_head& head) {
    constexpr std::string_view algorithm = "x-amz-server-side-encryption-customer-algorithm";
    const bool writes = asked.method == "PUT" || asked.method == "POST";
    if (!writes || !asked.headers.find(algorithm)) return result<void>();
    if (head.find(algorithm)) return result<void>();
    failure why;
    why.code = s3_errc::not_implemented;
    why.where = "the store passed over the customer's key: what was sent is stored without that "
                "encryption; remove it, and use a store that takes such keys";
    return why;
}

result<std::string_view> read_etag(const response_head& head) {
    const auto etag = head.find("etag");
    if (etag && !etag->empty()) return *etag;
    failure why;
    why.code = s3_errc::malformed_answer;
    why.where = "the answer has no ETag";
    return why;
}

result<object_head> read_object_head(const response_head& head) {
    object_head object;
    if (!head.content_length) {
        failure why;
        why.code = s3_errc::malformed_answer;
        why.where = "the answer does not tell the object's size";
        return why;
    }
    object.size = *head.content_length;
    if (const auto range = head.find("content-range"); head.status == 206 && range)
        if (const auto read = read_content_range(*range)) object.size = read->total;
    object.etag = head.text("etag");
    object.content_type = head.text("content-type");
    object.last_modified = head.text("last-modified");
    if (head.status != 206) object.sum = read_checksum(head);
    object.version_id = head.text("x-amz-version-id");
    object.traits = read_traits(head);
    if (const auto tags = read_number(head.text("x-amz-tagging-count")))
        object.tag_count = static_cast<unsigned>(*tags);
    constexpr std::string_view prefix = "x-amz-meta-";
    for (const header each : head.headers)
        if (each.name.starts_with(prefix))
            object.meta.emplace(each.name.substr(prefix.size()), each.value);
    return object;
}

std::optional<content_range> read_content_range(std::string_view text) {
    constexpr std::string_view unit = "bytes ";
    if (!text.starts_with(unit)) return std::nullopt;
    text.remove_prefix(unit.size());
    const auto dash = text.find('-'), slash = text.find('/');
    if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash)
        return std::nullopt;
    const auto first = read_number(text.substr(0, dash));
    const auto last = read_number(text.substr(dash + 1, slash - dash - 1));
    const auto total = read_number(text.substr(slash + 1));
    if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
    return content_range{*first, *last - *first + 1, *total};
}

} // namespace sluice::s3
