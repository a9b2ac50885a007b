// base: CRC-32 and MD5, which this house would not choose: others ask for them.
#pragma once

#include <sluice/base/bytes.hpp>

#include <array>
#include <cstdint>

namespace sluice {

/// CRC-32 of IEEE 802.3, as zip and zlib have it. `crc32("123456789") == 0xcbf43926`; of nothing it
/// is 0. `before` is the CRC of what precedes. By table: about 2 GB/s.
std::uint32_t crc32(bytes_view data, std::uint32_t before = 0);
/// CRC of `a ‖ b` from both CRCs and the length of `b` in bytes.
std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_b);

/// MD5 in pieces. Movable, not copyable; `finish` may be called once.
class md5_stream {
  public:
    md5_stream();
    ~md5_stream();
    md5_stream(md5_stream&& other) noexcept;
    md5_stream& operator=(md5_stream&& other) noexcept;
    void update(bytes_view data);
    std::array<std::byte, 16> finish();

  private:
    void* context_;
};

} // namespace sluice
