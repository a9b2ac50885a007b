// s3client: the frame around a body that travels as aws-chunked: sizes, signatures, trailer.
#pragma once

#include "http_head.hpp"
#include "sigv4_chunks.hpp"

#include <sluice/base/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// What is known of such a body before its first byte is sent.
struct chunked_shape {
    std::uint64_t size = 0;  ///< bytes of data
    std::uint64_t chunk = 0; ///< bytes of data in each chunk but the last; at least 1
    bool is_signed = false;
    std::string_view trailer_name; ///< a literal; empty: no trailer
    std::size_t trailer_size = 0;  ///< of the trailer's value, which is known at the end only
};

/// Bytes on the wire: what Content-Length says. The data's own size is in
/// x-amz-decoded-content-length.
std::uint64_t encoded_size(const chunked_shape& shape);

/// Writes what stands around the data: `before` each chunk, then `end`. Pure: it never sees more of
/// the data than a hash.
class chunk_frames {
  public:
    /// `chain` is where the head's signature left off; not looked at for unsigned chunks.
    chunk_frames(chunked_shape shape, chunk_signer chain);

    /// Bytes of data in the next chunk; 0: only the end is left.
    std::uint64_t next_size() const;
    /// What precedes the next chunk, and with it what ends the one before. `data` is the hash of
    /// the chunk where chunks are signed.
    std::string before(const sha256_digest& data);
    /// All that follows the last chunk of data. `trailer_value` must have the size announced. Into
    /// `text`, whose room is used again.
    void end(std::string_view trailer_value, std::string& text);
    std::string end(std::string_view trailer_value);

  private:
    std::string head(std::uint64_t size, const sha256_digest& data);

    chunked_shape shape_;
    chunk_signer chain_;
    std::uint64_t begun_ = 0; ///< bytes of data in chunks whose head was written
};

} // namespace sluice::s3
