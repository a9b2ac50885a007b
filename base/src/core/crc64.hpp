// base: CRC-64/NVME with a chosen way of folding, so that tests can try each of them.
#pragma once

#include "crc64_fold.hpp"

#include <sluice/base/bytes.hpp>

namespace sluice {

/// As `crc64nvme`, by `fold`, which must run on this CPU.
std::uint64_t crc64_with(crc64_fold::fold_function fold, bytes_view data, std::uint64_t before = 0);

} // namespace sluice
