// s3sim: headers of objects.
#include "core/stored_headers.hpp"

#include "core/customer_keys.hpp"

#include <algorithm>
#include <array>

namespace sluice::sim {

namespace stored_detail {

constexpr std::array<std::string_view, 7> kept = {
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "expires",
    "x-amz-storage-class",
};

constexpr std::array<std::string_view, 31> known = {
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-type",
    "x-amz-checksum-mode",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-mp-object-size",
    "x-amz-expected-bucket-owner",
    "x-amz-request-payer",
    "x-amz-user-agent",
    "x-amz-acl",
    "x-amz-tagging",
    "x-amz-server-side-encryption",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-decoded-content-length",
    "x-amz-trailer",
    "x-amz-copy-source",
    "x-amz-copy-source-range",
    "x-amz-copy-source-if-match",
    "x-amz-copy-source-if-none-match",
    "x-amz-metadata-directive",
    "x-amz-tagging-directive",
    "x-amz-source-expected-bucket-owner",
    "x-amz-bypass-governance-retention",
    "x-amz-object-lock-legal-hold",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-sdk-request",
};

bool is_metadata(std::string_view name) {
    return name.starts_with("x-amz-meta-") && name.size() > 11;
}

std::string without_chunks(std::string value) {
    constexpr std::string_view coding = "aws-chunked";
    if (!value.starts_with(coding)) return value;
    const auto rest = value.find_first_not_of(", \t", coding.size());
    return rest == value.npos ? std::string() : value.substr(rest);
}

template <class Names>
bool holds(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace stored_detail

std::vector<header> stored_headers(const request_head& head) {
    std::vector<header> out;
    for (const auto& one : head.headers) {
        if (!stored_detail::is_metadata(one.name) &&
            !stored_detail::holds(stored_detail::kept, one.name))
            continue;
        const auto same = [&one](const header& other) { return other.name == one.name; };
        const auto before = std::find_if(out.begin(), out.end(), same);
        if (one.name == "content-encoding") {
            if (auto rest = stored_detail::without_chunks(one.value); !rest.empty())
                out.push_back({one.name, std::move(rest)});
        } else if (before == out.end()) {
            out.push_back(one);
        } else {
            before->value += ',' + one.value;
        }
    }
    return out;
}

std::optional<refusal> check_headers(const request_head& head) {
    std::size_t metadata = 0;
    for (const auto& one : head.headers) {
        if (!one.name.starts_with("x-amz-")) continue;
        if (stored_detail::is_metadata(one.name)) {
            metadata += one.name.size() - 11 + one.value.size();
            continue;
        }
        // Algorithms of checksums are judged where checksums are read.
        const bool fine = one.name.starts_with("x-amz-checksum-") || is_key_header(one.name) ||
                          stored_detail::holds(stored_detail::known, one.name) ||
                          stored_detail::holds(stored_detail::kept, one.name);
        if (!fine)
            return refuse(501, "NotImplemented", "header " + one.name + " is not implemented here");
    }
    if (metadata <= 2048) return std::nullopt;
    return refuse(
        400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"
    );
}

} // namespace sluice::sim
