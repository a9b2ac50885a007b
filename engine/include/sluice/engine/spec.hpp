// engine: what a transfer is asked to do.
#pragma once

#include <sluice/base/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// How to reach S3, where a destination's own address does not say otherwise.
struct s3_options {
    std::string endpoint_url, region, profile, ca_bundle;
    bool verify_ssl = true;
    bool sign_requests = true;
    std::string path_style = "auto";   ///< auto, always, never
    std::string sign_payload = "auto"; ///< auto, always, never
    std::string checksum = "auto";     ///< auto, crc64nvme, crc32c, none
};

struct transfer_rules {
    unsigned concurrency = 0;         ///< part uploads or range GETs per destination; 0: automatic
    std::uint64_t memory = 256 << 20; ///< bytes of buffers, all together
    std::chrono::milliseconds retry_for{900'000}; ///< how long to go on without any success
    std::chrono::milliseconds drain{2'000};       ///< how long a pause waits for running steps
};

struct export_spec {
    std::string name;            ///< empty: derived
    std::string from;            ///< stream address
    std::vector<std::string> to; ///< bucket addresses
    std::string format = "avro";
    std::string codec = "source"; ///< "source": in which the stream stores its bodies
    std::uint64_t object_bytes = std::uint64_t{256} << 20;
    std::uint64_t part_size = 0; ///< 0: automatic (16 MiB, more when 10,000 parts would not do)
    bool take_over = false;
    bool resume = true;  ///< clears a stored wish to pause
    std::string command; ///< the line that continues it, for people
    s3_options s3;
    transfer_rules rules;
};

struct import_spec {
    std::string name;
    std::string from; ///< bucket address of the folder or its parent
    std::string to;   ///< stream address
    std::uint64_t event_bytes = std::uint64_t{1} << 20; ///< of events cut from `raw`, at most 1 MiB
    bool resume = true;
    std::string command;
    s3_options s3;
    transfer_rules rules;
};

} // namespace sluice
