// base: checksums and digests, incremental. All pure; OpenSSL is behind the .cpp.
#pragma once

#include <sluice/base/bytes.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// CRC-64/NVME, reflected, poly 0xad93d23594c93659, initial and final all ones.
/// `crc64nvme("123456789") == 0xae8b14860a799888`; of nothing it is 0. Uses PCLMULQDQ where
/// present. `before` is the CRC of what precedes: crc64nvme(b, crc64nvme(a)) == crc64nvme(a ‖ b).
std::uint64_t crc64nvme(bytes_view data, std::uint64_t before = 0);
/// CRC of `a ‖ b` from both CRCs and the length of `b` in bytes. O(log length).
std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t length_b);
/// CRC of `b` from the CRC of `a ‖ b`, the CRC of `a`, and the length of `b` in bytes.
std::uint64_t crc64nvme_suffix(std::uint64_t whole, std::uint64_t a, std::uint64_t length_b);

/// CRC-32C (Castagnoli). `crc32c("123456789") == 0xe3069283`. Uses SSE4.2 where present.
std::uint32_t crc32c(bytes_view data, std::uint32_t before = 0);
std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_b);

/// The 8 (4) bytes big-endian in base64, as S3 headers and our JSON carry them.
std::string crc64_base64(std::uint64_t crc);
std::string crc32_base64(std::uint32_t crc);

using sha256_digest = std::array<std::byte, 32>;
sha256_digest sha256(bytes_view data);
sha256_digest hmac_sha256(bytes_view key, bytes_view data);
std::array<std::byte, 16> md5(bytes_view data);

/// SHA-256 in pieces. Movable, not copyable; `finish` may be called once.
class sha256_stream {
  public:
    sha256_stream();
    ~sha256_stream();
    sha256_stream(sha256_stream&& other) noexcept;
    sha256_stream& operator=(sha256_stream&& other) noexcept;
    void update(bytes_view data);
    sha256_digest finish();

  private:
    void* context_;
};

/// `n` bytes from the system's cryptographic generator.
byte_vector random_bytes(std::size_t n);

} // namespace sluice
