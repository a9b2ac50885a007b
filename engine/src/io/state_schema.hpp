// engine: the journal's tables, and the views that reporting tools may read.
#pragma once

namespace sluice {

inline constexpr int state_schema_version = 4;
/// SQLite's `application_id`: "SLUC".
inline constexpr int state_application_id = 0x534c5543;

/// Where stores were found, and by what names destinations know the transfer: all that version 4
/// has more than version 3.
inline constexpr const char* state_url_schema = R"sql(
ALTER TABLE transfer ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE destination ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE destination ADD COLUMN claim TEXT NOT NULL DEFAULT '';
ALTER TABLE destination ADD COLUMN cursor TEXT NOT NULL DEFAULT '';
)sql";

/// What is wanted of destinations and lanes: all that version 3 has more than version 2.
inline constexpr const char* state_destination_schema = R"sql(
CREATE TABLE destination (
  id INTEGER PRIMARY KEY AUTOINCREMENT, transfer TEXT NOT NULL, target TEXT NOT NULL, endpoint TEXT NOT NULL,
  address TEXT NOT NULL, added INTEGER NOT NULL, desired TEXT NOT NULL, observed TEXT NOT NULL,
  last_error TEXT NOT NULL);
CREATE INDEX destination_of_transfer ON destination(transfer);
CREATE TABLE lane_wish (
  destination INTEGER NOT NULL REFERENCES destination(id) ON DELETE CASCADE, partition INTEGER NOT NULL,
  desired TEXT NOT NULL, observed TEXT NOT NULL, PRIMARY KEY (destination, partition)) WITHOUT ROWID;
CREATE VIEW v_destinations AS
  SELECT transfer, target, endpoint, address, added, desired, observed, last_error FROM destination;
CREATE VIEW v_lane_wishes AS
  SELECT transfer, target, endpoint, partition, lane_wish.desired AS desired, lane_wish.observed AS observed
  FROM lane_wish JOIN destination ON destination.id = lane_wish.destination;
)sql";

/// Positions are kept as sequence and offset; 64-bit checksums as signed integers of the same bits.
inline constexpr const char* state_schema = R"sql(
CREATE TABLE transfer (
  name TEXT PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, targets TEXT NOT NULL, command TEXT NOT NULL,
  desired TEXT NOT NULL, observed TEXT NOT NULL, holder TEXT NOT NULL, last_error TEXT NOT NULL,
  progress TEXT NOT NULL, updated INTEGER NOT NULL);
CREATE TABLE lane (
  id INTEGER PRIMARY KEY, transfer TEXT NOT NULL, bucket TEXT NOT NULL, folder TEXT NOT NULL, endpoint TEXT NOT NULL,
  partition INTEGER NOT NULL, claim_token TEXT NOT NULL, claim_number INTEGER NOT NULL, claimed INTEGER NOT NULL,
  next_commit INTEGER NOT NULL, next_sequence INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL, UNIQUE (transfer, bucket, folder, endpoint, partition));
CREATE TABLE plan (
  id INTEGER PRIMARY KEY AUTOINCREMENT, lane INTEGER NOT NULL REFERENCES lane(id) ON DELETE CASCADE, key TEXT NOT NULL,
  token TEXT NOT NULL, epoch INTEGER NOT NULL, first_sequence INTEGER NOT NULL, first_offset INTEGER NOT NULL,
  part_size INTEGER NOT NULL, object_bytes INTEGER NOT NULL, format TEXT NOT NULL, codec TEXT NOT NULL,
  encoder TEXT NOT NULL, upload_id TEXT NOT NULL, sealed_sequence INTEGER, sealed_offset INTEGER,
  completed INTEGER NOT NULL, commit_bytes TEXT NOT NULL, object_events INTEGER NOT NULL DEFAULT 0,
  ran_ms INTEGER NOT NULL DEFAULT 0, abort_at INTEGER);
CREATE INDEX plan_of_lane ON plan(lane);
CREATE TABLE part (
  plan INTEGER NOT NULL REFERENCES plan(id) ON DELETE CASCADE, number INTEGER NOT NULL, size INTEGER NOT NULL,
  etag TEXT NOT NULL, crc64nvme INTEGER NOT NULL, block_sequence INTEGER NOT NULL, block_offset INTEGER NOT NULL,
  offset_in_block INTEGER NOT NULL, block_prefix_crc64 INTEGER NOT NULL, object_crc64 INTEGER NOT NULL,
  object_bytes INTEGER NOT NULL, PRIMARY KEY (plan, number)) WITHOUT ROWID;

CREATE VIEW v_transfers AS
  SELECT name, kind, source, targets, desired, observed, holder, last_error, progress, updated FROM transfer;
CREATE VIEW v_lanes AS
  SELECT transfer, endpoint, bucket, folder, partition, claimed, claim_number, next_commit, next_sequence, next_offset
  FROM lane;
CREATE VIEW v_plans AS
  SELECT lane.transfer, lane.bucket, lane.folder, lane.partition, plan.id, plan.key, plan.epoch, plan.first_sequence,
         plan.part_size, plan.upload_id <> '' AS multipart, plan.sealed_sequence, plan.completed,
         plan.commit_bytes <> '' AS committing
  FROM plan JOIN lane ON lane.id = plan.lane;
CREATE VIEW v_parts AS SELECT plan, number, size, etag, object_bytes FROM part;
)sql";

/// What version 2 has more than version 1.
inline constexpr const char* state_upgrade_from_1 = R"sql(
ALTER TABLE plan ADD COLUMN object_events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN ran_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN abort_at INTEGER;
)sql";

} // namespace sluice
