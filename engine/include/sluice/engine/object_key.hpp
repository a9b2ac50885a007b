// engine: names of everything that lies in a bucket. `folder` = `[prefix/]stream`.
#pragma once

#include <sluice/stream/position.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct object_name {
    position first;
    std::uint64_t epoch = 0;
    std::string nonce;     ///< 8 hex digits
    std::string extension; ///< "avro", "ndjson"
};
/// `partition={p}/{first:020}[.{offset:016}]-{epoch}-{nonce}.{ext}`, relative to the folder.
std::string object_key(const object_name& name);
/// nullopt for anything that object_key does not write, byte for byte.
std::optional<object_name> parse_object_key(std::string_view relative);

std::string join_key(std::string_view folder, std::string_view relative);
std::string
partition_prefix(std::string_view folder, std::uint32_t partition); ///< `{folder}/partition={p}/`
std::string stream_document_key(std::string_view folder);
std::string commit_prefix(
    std::string_view folder, std::uint32_t partition
); ///< `{folder}/_sluice/commits/p={p}/`
std::string commit_key(std::string_view folder, std::uint32_t partition, std::uint64_t number);
/// `{folder}/_sluice/pages/p={p}/{first:020}.ndjson`
std::string page_key(std::string_view folder, std::uint32_t partition, std::uint64_t first);
std::optional<std::uint64_t> parse_commit_number(std::string_view key
); ///< last segment `{n:020}.json`

/// First 8 hex digits of the SHA-256 of the incarnation: what tells generations of a stream apart
/// in names of folders.
std::string short_incarnation(std::string_view incarnation);

/// 128 random bits as 32 hex digits.
std::string new_token();
/// First 8 digits of a token.
std::string nonce_of(std::string_view token);
/// First 16 hex digits of SHA-256 over kind, stream name, incarnation, bucket, folder, 0x00 between
/// them.
std::string transfer_of_claim(
    std::string_view kind,
    std::string_view stream,
    std::string_view incarnation,
    std::string_view bucket,
    std::string_view folder
);

} // namespace sluice
