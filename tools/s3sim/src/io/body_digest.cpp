// s3sim: verifies bodies.
#include "io/body_digest.hpp"

#include <sluice/base/legacy_hash.hpp>
#include <sluice/base/text.hpp>

#include <openssl/evp.h>

#include <array>
#include <cstring>

namespace sluice::sim {

struct body_digest::md5_context {
    md5_context() : state(EVP_MD_CTX_new()) { EVP_DigestInit_ex(state, EVP_md5(), nullptr); }
    ~md5_context() { EVP_MD_CTX_free(state); }
    md5_context(const md5_context&) = delete;
    md5_context& operator=(const md5_context&) = delete;
    EVP_MD_CTX* state;
};

body_digest::body_digest(const request& ask)
    : ask_(ask), keeps_checksum_(ask.to.what != operation::complete_upload) {
    if (ask.payload.hashed) sha256_.emplace();
    if (keeps_checksum_ && ask.sums.kind == checksum_kind::sha256) sum_sha256_.emplace();
    if (ask.sums.md5 || ask.odd.md5_etags) md5_ = std::make_unique<md5_context>();
}

body_digest::~body_digest() = default;

void body_digest::update(bytes_view data) {
    if (sha256_) sha256_->update(data);
    if (md5_) EVP_DigestUpdate(md5_->state, data.data(), data.size());
    if (!keeps_checksum_) return;
    if (ask_.sums.kind == checksum_kind::crc64nvme) crc_ = crc64nvme(data, crc_);
    if (ask_.sums.kind == checksum_kind::crc32c)
        crc_ = crc32c(data, static_cast<std::uint32_t>(crc_));
    if (ask_.sums.kind == checksum_kind::crc32)
        crc_ = crc32(data, static_cast<std::uint32_t>(crc_));
    if (sum_sha256_) sum_sha256_->update(data);
}

outcome<checksum_set> body_digest::finish() {
    checksum_set sums;
    if (sha256_) {
        const auto found = hex(sha256_->finish());
        if (found != ask_.payload.sha256) {
            auto why = refuse(
                400,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed."
            );
            why.details.emplace_back("ClientComputedContentSHA256", ask_.payload.sha256);
            why.details.emplace_back("S3ComputedContentSHA256", found);
            return why;
        }
    }
    if (md5_) {
        std::array<std::byte, 16> found{};
        EVP_DigestFinal_ex(md5_->state, reinterpret_cast<unsigned char*>(found.data()), nullptr);
        if (ask_.odd.md5_etags) md5_text_ = hex(found);
        const bool claimed = ask_.sums.md5.has_value();
        if (claimed && std::memcmp(found.data(), ask_.sums.md5->data(), found.size()) != 0) {
            return refuse(
                400, "BadDigest", "The Content-MD5 you specified did not match what we received."
            );
        }
    }
    if (!keeps_checksum_ || ask_.sums.kind == checksum_kind::none) return sums;
    sums.told = ask_.sums.kind;
    set_crc(sums, sums.told, crc_);
    if (sum_sha256_) sums.sha256 = base64(sum_sha256_->finish());
    if (value_of(sums) != ask_.sums.text) {
        const auto name = std::string(name_of(ask_.sums.kind));
        return refuse(
            400,
            "BadDigest",
            "The " + name + " you specified did not match the calculated checksum."
        );
    }
    return sums;
}

} // namespace sluice::sim
