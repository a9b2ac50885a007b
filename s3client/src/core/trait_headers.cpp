// s3client: storage class, encryption, lock and conditions, written and read.
#include "trait_headers.hpp"

#include "utc_text.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

constexpr const char* owner_header = "x-amz-expected-bucket-owner";
constexpr const char* payer_header = "x-amz-request-payer";

void add(request& to, const char* name, const std::string& value) {
    if (!value.empty()) to.headers.push_back({name, value});
}

void add_encryption(request& to, const encryption& how) {
    using kind = encryption::kind;
    if (how.algorithm == kind::store_default) return;
    const char* const name = how.algorithm == kind::s3    ? "AES256"
                             : how.algorithm == kind::kms ? "aws:kms"
                                                          : "aws:kms:dsse";
    add(to, "x-amz-server-side-encryption", name);
    if (how.algorithm == kind::s3) return;
    add(to, "x-amz-server-side-encryption-aws-kms-key-id", how.kms_key_id);
    if (!how.kms_context.empty())
        add(to, "x-amz-server-side-encryption-context", base64(as_bytes(how.kms_context)));
    if (how.bucket_key) add(to, "x-amz-server-side-encryption-bucket-key-enabled", "true");
}

void add_lock(request& to, const object_lock& lock) {
    if (lock.mode != object_lock::kind::none) {
        const bool governance = lock.mode == object_lock::kind::governance;
        add(to, "x-amz-object-lock-mode", governance ? "GOVERNANCE" : "COMPLIANCE");
        add(to, "x-amz-object-lock-retain-until-date", lock.until);
    }
    if (lock.legal_hold) add(to, "x-amz-object-lock-legal-hold", "ON");
}

result<void> add_key(request& to, const customer_key& secret, std::string_view begins) {
    if (secret.bytes.empty()) return result<void>();
    if (secret.bytes.size() != 32) {
        failure why;
        why.code = s3_errc::unsafe_input;
        why.where = to.where() + ": a customer key has 32 bytes";
        return why;
    }
    to.carries_secret = true;
    const std::string prefix(begins);
    const auto digest = md5(as_bytes(secret.bytes));
    to.headers.push_back({prefix + "algorithm", "AES256"});
    to.headers.push_back({prefix + "key", base64(as_bytes(secret.bytes))});
    to.headers.push_back({prefix + "key-md5", base64(digest)});
    return result<void>();
}

} // namespace

void add_traits(request& to, const object_traits& traits) {
    add(to, "cache-control", traits.cache_control);
    add(to, "content-disposition", traits.content_disposition);
    add(to, "content-encoding", traits.content_encoding);
    add(to, "content-language", traits.content_language);
    add(to, "expires", traits.expires);
    add(to, "x-amz-storage-class", traits.storage_class);
    add(to, "x-amz-acl", traits.acl);
    add(to, "x-amz-tagging", encode_tags(traits.tags));
    add_encryption(to, traits.protection);
    add_lock(to, traits.lock);
}

void add_terms(request& to, const request_terms& terms) {
    add(to, owner_header, terms.expected_owner);
    if (terms.requester_pays) add(to, payer_header, "requester");
}

void add_missing_terms(request& to, const request_terms& terms) {
    if (to.operation == "CreateBucket") return; // nobody owns it yet
    request_terms missing = terms;
    if (to.headers.find(owner_header)) missing.expected_owner.clear();
    if (to.headers.find(payer_header)) missing.requester_pays = false;
    add_terms(to, missing);
}

void add_version(request& to, const std::string& version_id) {
    if (!version_id.empty()) to.query.push_back({"versionId", version_id});
}

void add_read_conditions(request& to, const std::string& if_match, const read_conditions& only_if) {
    add(to, "if-match", if_match);
    add(to, "if-none-match", only_if.if_none_match);
    if (only_if.modified_since)
        add(to, "if-modified-since", format_http_date(*only_if.modified_since));
    if (only_if.unmodified_since)
        add(to, "if-unmodified-since", format_http_date(*only_if.unmodified_since));
}

result<void> add_customer_key(request& to, const customer_key& secret) {
    return add_key(to, secret, "x-amz-server-side-encryption-customer-");
}

result<void> add_source_key(request& to, const customer_key& secret) {
    return add_key(to, secret, "x-amz-copy-source-server-side-encryption-customer-");
}

std::string encode_tags(const tag_map& tags) {
    std::string text;
    for (const auto& [name, value] : tags) {
        if (!text.empty()) text += '&';
        text += percent_encode(name) + "=" + percent_encode(value);
    }
    return text;
}

object_traits read_traits(const response_head& head) {
    object_traits traits;
    traits.cache_control = head.text("cache-control");
    traits.content_disposition = head.text("content-disposition");
    traits.content_encoding = head.text("content-encoding");
    traits.content_language = head.text("content-language");
    traits.expires = head.text("expires");
    traits.storage_class = head.text("x-amz-storage-class");
    const std::string_view algorithm = head.text("x-amz-server-side-encryption");
    if (algorithm == "AES256") traits.protection.algorithm = encryption::kind::s3;
    if (algorithm == "aws:kms") traits.protection.algorithm = encryption::kind::kms;
    if (algorithm == "aws:kms:dsse") traits.protection.algorithm = encryption::kind::kms_dual;
    traits.protection.kms_key_id = head.text("x-amz-server-side-encryption-aws-kms-key-id");
    traits.protection.bucket_key =
        head.text("x-amz-server-side-encryption-bucket-key-enabled") == "true";
    const std::string_view mode = head.text("x-amz-object-lock-mode");
    if (mode == "GOVERNANCE") traits.lock.mode = object_lock::kind::governance;
    if (mode == "COMPLIANCE") traits.lock.mode = object_lock::kind::compliance;
    traits.lock.until = head.text("x-amz-object-lock-retain-until-date");
    traits.lock.legal_hold = head.text("x-amz-object-lock-legal-hold") == "ON";
    return traits;
}

} // namespace sluice::s3
