// engine: what a transfer would do, as values.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/position.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Requests that cost money; what is free (DELETE, aborting an upload) is not counted.
struct planned_requests {
    std::uint64_t puts = 0; ///< PUT, POST, LIST
    std::uint64_t gets = 0; ///< GET, HEAD
};

/// List prices in US dollars of S3 Standard in us-east-1 as published in 2025 on
/// aws.amazon.com/s3/pricing. Other classes, regions and stores have others.
namespace s3_prices {
inline constexpr double per_put = 0.005 / 1000;
inline constexpr double per_get = 0.0004 / 1000;
inline constexpr double per_gb_month = 0.023; ///< stored; GB = 2^30 bytes
inline constexpr double per_gb_out = 0.09;    ///< to the internet; within the region it is free
} // namespace s3_prices
double price_of(const planned_requests& requests);

/// One partition, and what of it would be moved.
struct planned_range {
    position first, next;
};

struct planned_target {
    std::string place;              ///< s3://bucket/folder
    std::string endpoint;           ///< host:port
    std::optional<failure> refused; ///< why it would not begin
    bool is_new = false; ///< nothing is there yet (export: in the bucket; import: in the stream)
    std::vector<planned_range> ranges;
    std::uint64_t objects = 0, parts = 0, events = 0, bytes = 0;
    bool is_import = false; ///< it reads: `parts` are the ranges that it asks for
    bool estimated =
        false; ///< sizes follow from a sample: this format's are only known by encoding
    std::vector<std::string> gaps; ///< import: missing in the source; export: to be left out
    /// Import by listing: nothing tells how many events there are; where it begins; what lies there
    /// and is not imported; what following costs.
    bool events_unknown = false;
    std::string begins;
    std::vector<std::string> passed_over;
    std::string following;
    planned_requests requests;
    std::vector<std::string> permissions;
    std::vector<std::string> lifecycle; ///< what the bucket's rules will do about it
    std::vector<std::string> warnings;  ///< what should be changed before
    std::vector<std::string> abilities; ///< what a probe found; empty: none was asked for
};

} // namespace sluice
