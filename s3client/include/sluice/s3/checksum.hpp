// s3client: checksums of bodies and objects, as values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::s3 {

/// A checksum, usually of a body that is known before it is sent.
struct checksum {
    /// MD5 travels as Content-MD5 and is only ever sent: stores tell none (an ETag is opaque).
    enum class kind { none = 0, crc64nvme, crc32c, crc32, sha256, md5 };
    kind algorithm = kind::none;
    std::uint64_t value = 0;            ///< of the CRCs
    std::array<std::byte, 32> digest{}; ///< of SHA-256; the first 16 bytes are MD5's

    friend bool operator==(const checksum&, const checksum&) = default;
};

} // namespace sluice::s3
