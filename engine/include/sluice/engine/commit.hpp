// engine: the numbered commits of a partition, as values and as bytes. See docs/formats.md.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/position.hpp>
#include <sluice/stream/values.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// `[at, next piece's at)` of an object, beginning at a block start; 1–16 MiB, at most 256 per
/// object.
struct piece {
    position first;
    std::uint64_t at = 0;
    std::uint64_t crc64nvme = 0;
    std::optional<time_range> times;

    friend bool operator==(const piece&, const piece&);
};

struct committed_object {
    std::string key;   ///< relative to the folder
    std::string token; ///< of the attempt, 32 hex digits
    position first;
    position next;
    std::uint64_t events = 0; ///< that begin in it
    std::uint64_t bytes = 0;
    std::uint64_t crc64nvme = 0;
    std::string format;  ///< "avro", "ndjson", "delimited", "raw", "lines"
    std::string codec;   ///< "none", "deflate", "gzip", "zstd"
    std::string encoder; ///< name and version of what made the bytes
    std::optional<time_range> times;
    std::vector<piece> pieces;
};

enum class commit_kind { claim = 1, objects, gap, replace, expired, release };

struct claim_details {
    std::string transfer;
    std::string owner; ///< for people: host and pid
    std::string incarnation;
    std::uint32_t partitions = 0;
    position start;
    std::string format;
    std::string codec;
    std::map<std::string, std::string> settings;
};

struct commit {
    commit_kind kind = commit_kind::claim;
    std::uint32_t partition = 0;
    std::uint64_t number = 0;
    std::uint64_t epoch = 0; ///< number of the claim it stands under; a claim's own number
    std::string token;       ///< 32 hex digits
    std::int64_t at = 0;     ///< µs since 1970 UTC
    position next;           ///< after this commit
    std::uint64_t fingerprint = 0;

    claim_details claim;                   ///< claim
    std::vector<committed_object> objects; ///< objects; replace: exactly one
    position gap_from, gap_to;             ///< gap
    std::string reason;                    ///< gap
    std::string old_key;                   ///< replace
    std::vector<std::string> expired_keys; ///< expired
};

inline constexpr unsigned format_version = 1;

/// One line with its '\n', members in fixed order, closed by the CRC of all bytes before that
/// member.
std::string encode_commit(const commit& what);
/// Errors: engine_errc::damaged_object (CRC, syntax, a member missing or impossible),
/// errc::unsupported_version (version, kind).
result<commit> decode_commit(std::string_view bytes);

/// `_sluice/stream.json`
struct stream_document {
    std::string name;
    std::string incarnation;
    std::uint32_t partitions = 0;
    std::string format;
    std::string codec = "none";
};
std::string encode_stream_document(const stream_document& what);
result<stream_document> decode_stream_document(std::string_view bytes);

/// Where an import was told to begin.
struct import_start {
    position at;
    std::string word; ///< as --start had it: `seq:N`, `time:…`, `latest`
    friend bool operator==(const import_start&, const import_start&) = default;
};

/// What an import has left out, also in earlier runs: what lies side by side is one range.
struct left_out_ranges {
    std::uint64_t count = 0;
    std::vector<std::pair<position, position>> first; ///< `[first, next)` of the first hundred
    bool operator==(const left_out_ranges&) const = default;
};
/// Behind all that was noted before.
void note_left_out(left_out_ranges& of, const position& first, const position& next);

/// What importing carries inside the writer's appends.
struct import_progress {
    std::string bucket;
    std::string folder;
    std::string stream;
    std::string incarnation;
    position at;            ///< the next source position; of values alone, where a piece begins
    std::uint64_t byte = 0; ///< of these, bytes of its content that are done with
    std::optional<open_value> open; ///< of `delimited` and `lines`, the event that is open there
    std::uint64_t hint_commit = 0;
    std::string hint_object;
    std::uint64_t hint_piece = 0;
    std::optional<import_start> start; ///< not set: with the export's first event
    std::optional<position> end;       ///< that was asked for last; not set: all that was committed
    left_out_ranges left_out;
};
std::string encode_import_progress(const import_progress& what);
result<import_progress> decode_import_progress(std::string_view bytes);
/// The progress that a partition of `stream` tells, which must be of the same source as `fresh`.
/// Empty text: `fresh`. Errors: engine_errc::other_incarnation; those of decoding.
result<import_progress> continue_import_progress(
    const import_progress& fresh, std::string_view bytes, const std::string& stream
);

} // namespace sluice
