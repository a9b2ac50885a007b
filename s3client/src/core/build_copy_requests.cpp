// s3client: copies within the store.
#include "checksum_headers.hpp"
#include "request_parts.hpp"
#include "trait_headers.hpp"
#include "utc_text.hpp"

#include <sluice/base/text.hpp>

namespace sluice::s3 {

namespace {

/// Where the bytes come from, and on which conditions. An encoded path, as in a target: keys hold
/// any byte, and a '?' begins the version.
result<void> add_source(request& to, const copy_source& from) {
    if (from.bucket.empty() || from.bucket.find('/') != std::string::npos || from.key.empty())
        return unsafe_request(to.where() + ": the copy's source is no object");
    std::string text = "/" + percent_encode_path(from.bucket + "/" + from.key);
    if (!from.version_id.empty()) text += "?versionId=" + percent_encode(from.version_id);
    to.headers.push_back({"x-amz-copy-source", std::move(text)});
    const auto add = [&to](const char* name, const std::string& value) {
        if (!value.empty()) to.headers.push_back({name, value});
    };
    add("x-amz-copy-source-if-match", from.if_match);
    add("x-amz-copy-source-if-none-match", from.only_if.if_none_match);
    if (const auto since = from.only_if.modified_since)
        add("x-amz-copy-source-if-modified-since", format_http_date(*since));
    if (const auto since = from.only_if.unmodified_since)
        add("x-amz-copy-source-if-unmodified-since", format_http_date(*since));
    add("x-amz-source-expected-bucket-owner", from.expected_owner);
    return add_source_key(to, from.secret);
}

} // namespace

result<request> build_copy(const copy_request& what, bool checksums) {
    auto made = start_request("PUT", "CopyObject", what.bucket, &what.key);
    if (!made) return made;
    if (auto safe = add_source(*made, what.from); !safe) return safe.error();
    if (what.replace_metadata) {
        made->headers.push_back({"x-amz-metadata-directive", "REPLACE"});
        add_metadata(*made, what.meta, what.content_type);
    }
    if (what.replace_tags) made->headers.push_back({"x-amz-tagging-directive", "REPLACE"});
    add_traits(*made, what.traits);
    if (checksums && what.algorithm != checksum::kind::none)
        made->headers.push_back(
            {"x-amz-checksum-algorithm", std::string(checksum_name(what.algorithm))}
        );
    if (what.if_none_match) made->headers.push_back({"if-none-match", "*"});
    if (!what.if_match.empty()) made->headers.push_back({"if-match", what.if_match});
    if (auto safe = add_customer_key(*made, what.secret); !safe) return safe.error();
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request> build_copy_part(const copy_part_request& what) {
    auto made =
        start_upload_request("PUT", "UploadPartCopy", what.bucket, what.key, what.upload_id);
    if (!made) return made;
    if (auto known = add_part_number(*made, what.number); !known) return known.error();
    if (auto safe = add_source(*made, what.from); !safe) return safe.error();
    if (what.range) {
        const auto safe = add_range(*made, "x-amz-copy-source-range", *what.range);
        if (!safe) return safe.error();
    }
    if (auto safe = add_customer_key(*made, what.secret); !safe) return safe.error();
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

} // namespace sluice::s3
