// engine: one destination of a running export.
#pragma once

#include "../core/patience.hpp"
#include "../core/rate_meter.hpp"
#include "step_gate.hpp"

#include <sluice/base/permits.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/engine/state_store.hpp>
#include <sluice/stream/format.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Use on the transfer's strand. What one destination meets costs the others nothing: it has its
/// own client, connections, patience and share of the scheduler.
struct export_target {
    std::string address;  ///< without secrets or options
    std::string endpoint; ///< host:port
    opened_store opened;
    s3::object_store* store = nullptr; ///< that one, to be asked
    export_folder where;
    object_encoding encoding;
    std::uint64_t object_bytes = 0;
    std::uint64_t part_size = 0;
    std::uint64_t object_events = 0;                              ///< 0: no limit
    std::chrono::milliseconds object_age{0};                      ///< 0: no limit
    std::chrono::milliseconds stray_check{std::chrono::hours(1)}; ///< each lane looks so often
    /// Parts in flight of one lane, at most. As opened: what the address says, 0: nothing.
    unsigned concurrency = 0;
    unsigned weight = 1; ///< among the destinations of the transfer
    s3::checksum::kind algorithm = s3::checksum::kind::crc64nvme;
    bool verifies = false;    ///< the store refuses an object without the checksum sent with it
    bool tells_parts = false; ///< it answered the last part with the checksum sent with that
    destination_id scheduled{};
    std::string claim_transfer; ///< what our claims say
    bool take_over = false;
    places start;
    bool accept_gaps = false;
    std::vector<std::string> gaps; ///< recorded by this run, for people

    patience patient{std::chrono::milliseconds(0)}; ///< shared by the lanes
    rate_meter rate;                                ///< of bytes
    rate_meter events_rate;         ///< of events reached: what the time left is told from
    target_progress seen;           ///< state, counters, last error
    bool greeted = false;           ///< it is known which checksums the store takes
    bool probed = false;            ///< the conditional PUT has shown that it can be trusted
    std::optional<permits> probing; ///< one lane tries that, the others wait for what it finds
};

/// Of a partition that this transfer exports there.
lane_key
lane_key_of(const export_target& target, const std::string& transfer, std::uint32_t partition);

} // namespace sluice
