// stream: meta.json, what a log stream is.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/group_window.hpp>
#include <sluice/stream/log_retention.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::log {

struct meta {
    std::string name;
    std::string incarnation; ///< 32 lower-case hex digits
    std::uint32_t partitions = 1;
    std::string codec = "none";
    std::string durability = "fdatasync";      ///< or "relaxed"
    log_retention retention;                   ///< nothing set: everything stays
    std::string reserved_by;                   ///< empty: nobody
    std::string created;                       ///< RFC 3339
    bool on_network_disk = false;              ///< a network file system is trusted
    std::chrono::microseconds group_window{0}; ///< 0 to longest_group_window
};

std::string encode(const meta& what);
/// Errors: damaged; errc::unsupported_version for another version, codec or durability, naming it.
result<meta> decode_meta(std::string_view text, const std::string& file);

} // namespace sluice::log
