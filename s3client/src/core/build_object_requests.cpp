// s3client: requests about single objects.
#include "request_parts.hpp"
#include "trait_headers.hpp"

#include <utility>

namespace sluice::s3 {

namespace {

/// What GET and HEAD have in common.
result<request> finish_read(
    request& made,
    const std::string& version_id,
    const customer_key& secret,
    const request_terms& terms
) {
    add_version(made, version_id);
    if (auto safe = add_customer_key(made, secret); !safe) return safe.error();
    add_terms(made, terms);
    made.headers.push_back({"accept-encoding", "identity"});
    return checked(std::move(made));
}

} // namespace

result<request> build_put(const put_request& what, bool checksums, request&& room) {
    auto made = start_request("PUT", "PutObject", what.bucket, &what.key, std::move(room));
    if (!made) return made;
    add_metadata(*made, what.meta, what.content_type);
    add_traits(*made, what.traits);
    add_checksum(*made, what.sum, checksums);
    if (what.if_none_match) made->headers.push_back({"if-none-match", "*"});
    if (!what.if_match.empty()) made->headers.push_back({"if-match", what.if_match});
    if (auto safe = add_customer_key(*made, what.secret); !safe) return safe.error();
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request> build_get(const get_request& what, bool checksums, request&& room) {
    auto made = start_request("GET", "GetObject", what.bucket, &what.key, std::move(room));
    if (!made) return made;
    if (what.range) {
        if (auto safe = add_range(*made, "range", *what.range); !safe) return safe.error();
    } else if (checksums) {
        made->headers.push_back({"x-amz-checksum-mode", "ENABLED"});
    }
    add_read_conditions(*made, what.if_match, what.only_if);
    return finish_read(*made, what.version_id, what.secret, what.terms);
}

result<request> build_head(const head_request& what, bool checksums) {
    auto made = start_request("HEAD", "HeadObject", what.bucket, &what.key);
    if (!made) return made;
    if (checksums) made->headers.push_back({"x-amz-checksum-mode", "ENABLED"});
    add_read_conditions(*made, what.if_match, what.only_if);
    return finish_read(*made, what.version_id, what.secret, what.terms);
}

} // namespace sluice::s3
