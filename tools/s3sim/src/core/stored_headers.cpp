// s3sim: headers of objects.
#include "core/stored_headers.hpp"

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

constexpr std::array<std::string_view, 16> known = {
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
};

bool is_metadata(std::string_view name) {
    return name.starts_with("x-amz-meta-") && name.size() > 11;
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
        if (before == out.end()) {
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
        const bool fine = one.name.starts_with("x-amz-checksum-") ||
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
