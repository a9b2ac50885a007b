// tools: what a person wrote behind `export` and `import`, checked once and made into a spec.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/spec.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

/// As written; sizes and durations still text.
struct transfer_words {
    std::string name;
    std::string known_as; ///< what the state file calls it; empty: as it is named
    unsigned concurrency = 0;
    std::string memory = "256MiB";
    std::uint64_t weight = 1;
    std::int64_t priority = 0;
    std::string retry_for = "15m"; ///< or "forever"
    std::string drain = "2s";
    std::uint64_t max_events = 0;
    std::string max_transfer; ///< empty: no limit
    std::string max_duration; ///< empty: no limit
    std::string bwlimit;      ///< "50MiB/s"; empty: no limit
    std::string max_requests; ///< "3500/s"; empty: no limit
    bool fail_if_empty = false;
    bool resume = true;     ///< takes back a stored wish to pause, stop or cancel
    bool ends_only = false; ///< only destinations that are wanted to end are ended
    /// Where the journal found the stores, by address as given (of an import: by ""); counts where
    /// no word of the command says it.
    std::map<std::string, std::string> endpoints;
    s3_options s3;
    std::string command; ///< the whole command line
};

struct export_words {
    transfer_words common;
    std::string from;
    std::vector<std::string> to;
    std::string format = "avro";
    std::string codec = "source";
    std::string object_bytes = "256MiB";
    std::string part_size = "auto";
    std::uint64_t object_events = 0;
    std::string on_pause;   ///< empty: as the stream is
    std::string object_age; ///< empty: none, 15m with follow
    bool follow = false;
    std::string start = "saved";
    std::string end; ///< empty: latest
    bool accept_gaps = false;
    bool take_over = false;
    bool new_generation = false;
};

struct import_words {
    transfer_words common;
    std::string from;
    std::string to;
    std::string event_bytes = "1MiB";
    bool by_listing = false;
    std::string format, codec; ///< empty: each object tells
    std::string sort;          ///< empty: key
    std::string shard;         ///< "2/5"; empty: all
    std::string on_bad = "stop";
    std::string start = "saved";
    std::string end;        ///< empty: latest
    std::string partitions; ///< "0-3,7" or "2=0,5=1"; empty: all
    bool follow = false;
    std::string poll; ///< empty: 10s
};

struct repair_words {
    transfer_words common;
    std::string prefix;
    std::string from;
    bool expired = false;
    bool undo_expired = false;
    bool state_only = false;
    bool take_over = false;
};

/// Errors: errc::invalid_argument, naming the option and what it takes.
result<export_spec> make_export_spec(const export_words& words);
result<import_spec> make_import_spec(const import_words& words);
result<repair_spec> make_repair_spec(const repair_words& words);

/// A size or duration given as `option`; the failure names the option.
result<std::uint64_t> size_of_option(const std::string& option, const std::string& text);
result<std::chrono::milliseconds>
duration_of_option(const std::string& option, const std::string& text);
failure usage_failure(std::string text);

/// `NAME` or an address of a stream, as `sluice stream` takes them: always an address afterwards.
std::string stream_address_of(const std::string& word);

/// Where a position asked for lies: `earliest`, `latest`, `seq:N`, `partition/sequence` or
/// `time:RFC3339`.
struct start_place {
    enum class kind { earliest = 1, latest, sequence, time };
    kind what = kind::earliest;
    std::int64_t sequence = 0;
    std::int64_t since = 0;                 ///< µs since 1970 UTC, of `time`
    std::optional<std::uint32_t> partition; ///< when the text names one
};
result<start_place> parse_start(const std::string& text);

} // namespace sluice::command
