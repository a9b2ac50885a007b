// s3client: a checksum that grows with the bytes that pass.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/legacy_hash.hpp>
#include <sluice/s3/checksum.hpp>

#include <variant>

namespace sluice::s3 {

/// Movable; `finish` may be called once. Of `none` it costs nothing.
class running_checksum {
  public:
    explicit running_checksum(checksum::kind algorithm = checksum::kind::none);

    void update(bytes_view bytes);
    checksum finish();
    checksum::kind algorithm() const { return algorithm_; }

  private:
    checksum::kind algorithm_;
    std::variant<std::uint64_t, sha256_stream, md5_stream> state_;
};

} // namespace sluice::s3
