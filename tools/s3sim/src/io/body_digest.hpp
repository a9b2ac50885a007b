// s3sim: the digests of a body that a request wants verified, made while it comes in.
#pragma once

#include "io/request.hpp"

#include <sluice/base/hash.hpp>

#include <memory>
#include <optional>

namespace sluice::sim {

/// Computes only what `ask` needs: nothing for an unsigned payload without checksums.
class body_digest {
  public:
    /// `ask` is looked at again at the end: a claim in the trailer comes late.
    explicit body_digest(const request& ask);
    ~body_digest();
    void update(bytes_view data);
    /// XAmzContentSHA256Mismatch or BadDigest when the body is not what the head promised;
    /// otherwise the checksums to keep.
    outcome<checksum_set> finish();
    /// In hex; empty unless ETags are to be MD5s. After `finish`.
    const std::string& md5_text() const { return md5_text_; }

  private:
    struct md5_context;
    const request& ask_;
    bool keeps_checksum_; ///< the claim is about this body, not about an object to be joined
    std::optional<sha256_stream> sha256_, sum_sha256_;
    std::unique_ptr<md5_context> md5_;
    std::uint64_t crc_ = 0;
    std::string md5_text_;
};

} // namespace sluice::sim
