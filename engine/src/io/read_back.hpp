// engine: is what stands at a key what was sent there?
#pragma once

#include "export_lane.hpp"

#include <cstdint>
#include <string>

namespace sluice {

/// What an object is expected to be.
struct sent_object {
    std::string key;  ///< in the lane's bucket
    std::string etag; ///< as HEAD told it: another object that comes meanwhile is not meant
    std::uint64_t bytes = 0;
    std::uint64_t crc64nvme = 0;
};

/// Reads the object to its end and keeps nothing of it. For stores that have kept no token: there
/// only the bytes prove whose they are. Errors: what the store said; engine_errc::gave_up, paused.
task<result<bool>> reads_back(export_lane_context& lane, sent_object expected);

} // namespace sluice
