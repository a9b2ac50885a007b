// s3client: the signatures of a body that is signed chunk by chunk, each over the one before.
#pragma once

#include "http_head.hpp"

#include <sluice/base/hash.hpp>

#include <string>

namespace sluice::s3 {

/// Source: AWS, "Signature Calculations for the Authorization Header: Transferring Payload in
/// Multiple Chunks", with and without trailing headers.
class chunk_signer {
  public:
    chunk_signer() = default;
    /// `seed` is the signature of the request's head; `date` and `scope` are those it was made for.
    chunk_signer(const sha256_digest& key, std::string date, std::string scope, std::string seed);

    /// The signature of the next chunk in hex, from the hash of its bytes. The last one is empty.
    std::string sign_chunk(const sha256_digest& data);
    /// The signature of the headers behind the last chunk.
    std::string sign_trailer(const header_list& trailer);

  private:
    std::string chained(const std::string& kind, const std::string& rest);

    sha256_digest key_{};
    std::string date_, scope_, before_;
};

} // namespace sluice::s3
