// engine: rows of the journal, to and from SQLite's columns.
#pragma once

#include "sqlite_statement.hpp"

#include <sluice/engine/state_store.hpp>

#include <cstdint>

namespace sluice {

/// The columns of each table in the order in which the functions below read and bind them.
inline constexpr const char* transfer_columns =
    "name, kind, source, targets, command, desired, "
    "observed, holder, last_error, progress, updated, url";
inline constexpr const char* lane_columns =
    "claim_token, claim_number, claimed, next_commit, next_sequence, next_offset, fingerprint";
inline constexpr const char* plan_columns =
    "key, token, epoch, first_sequence, first_offset, part_size, object_bytes, format, codec, "
    "encoder, upload_id, sealed_sequence, sealed_offset, completed, commit_bytes, "
    "object_events, ran_ms, abort_at";
inline constexpr const char* part_columns =
    "number, size, etag, crc64nvme, block_sequence, block_offset, offset_in_block, "
    "block_prefix_crc64, object_crc64, object_bytes";
/// What finds a lane.
inline constexpr const char* lane_condition =
    "transfer = ? AND bucket = ? AND folder = ? AND endpoint = ? AND partition = ?";

transfer_row read_transfer(sqlite_statement& from);
lane_row read_lane(sqlite_statement& from, std::uint32_t partition);
/// The plan's id comes first.
plan_row read_plan(sqlite_statement& from, std::uint32_t partition);
part_row read_part(sqlite_statement& from, std::uint32_t partition);

sqlite_statement& bind_transfer(sqlite_statement& to, const transfer_row& row);
sqlite_statement& bind_lane_key(sqlite_statement& to, const lane_key& lane);
sqlite_statement& bind_lane(sqlite_statement& to, const lane_row& row);
sqlite_statement& bind_plan(sqlite_statement& to, const plan_row& row);
sqlite_statement& bind_part(sqlite_statement& to, const part_row& row);

} // namespace sluice
