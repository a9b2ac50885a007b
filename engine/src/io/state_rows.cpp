// engine: rows of the journal, to and from SQLite's columns.
#include "state_rows.hpp"

namespace sluice {

transfer_row read_transfer(sqlite_statement& from) {
    transfer_row row;
    row.name = from.text();
    row.kind = from.text();
    row.source = from.text();
    row.targets = from.text();
    row.command = from.text();
    row.desired = from.text();
    row.observed = from.text();
    row.holder = from.text();
    row.last_error = from.text();
    row.progress = from.text();
    row.updated = from.integer();
    row.url = from.text();
    const bool limited = !from.null();
    const std::int64_t until = from.integer();
    if (limited) row.safe_until = until;
    return row;
}

lane_row read_lane(sqlite_statement& from, std::uint32_t partition) {
    lane_row row;
    row.claim_token = from.text();
    row.claim_number = from.unsigned_integer();
    row.claimed = from.integer() != 0;
    row.next_commit = from.unsigned_integer();
    row.next.partition = partition;
    row.next.sequence = from.integer();
    row.next.offset = from.integer();
    row.fingerprint = from.unsigned_integer();
    return row;
}

plan_row read_plan(sqlite_statement& from, std::uint32_t partition) {
    plan_row row;
    row.id = from.integer();
    row.key = from.text();
    row.token = from.text();
    row.epoch = from.unsigned_integer();
    row.first.partition = partition;
    row.first.sequence = from.integer();
    row.first.offset = from.integer();
    row.part_size = from.unsigned_integer();
    row.object_bytes = from.unsigned_integer();
    row.format = from.text();
    row.codec = from.text();
    row.encoder = from.text();
    row.upload_id = from.text();
    const bool sealed = !from.null();
    position end{partition, from.integer(), 0};
    end.offset = from.integer();
    if (sealed) row.sealed_at = end;
    row.completed = from.integer() != 0;
    row.commit_bytes = from.text();
    row.object_events = from.unsigned_integer();
    row.ran = std::chrono::milliseconds(from.integer());
    const bool doomed = !from.null();
    const std::int64_t abort_at = from.integer();
    if (doomed) row.abort_at = abort_at;
    return row;
}

part_row read_part(sqlite_statement& from, std::uint32_t partition) {
    part_row row;
    row.number = static_cast<unsigned>(from.integer());
    row.size = from.unsigned_integer();
    row.etag = from.text();
    row.crc64nvme = from.unsigned_integer();
    row.block.partition = partition;
    row.block.sequence = from.integer();
    row.block.offset = from.integer();
    row.offset_in_block = from.unsigned_integer();
    row.block_prefix_crc64 = from.unsigned_integer();
    row.object_crc64 = from.unsigned_integer();
    row.object_bytes = from.unsigned_integer();
    return row;
}

sqlite_statement& bind_transfer(sqlite_statement& to, const transfer_row& row) {
    to.bind(row.name).bind(row.kind).bind(row.source).bind(row.targets).bind(row.command);
    to.bind(row.desired).bind(row.observed).bind(row.holder).bind(row.last_error);
    return to.bind(row.progress).bind(row.updated).bind(row.url);
}

sqlite_statement& bind_lane_key(sqlite_statement& to, const lane_key& lane) {
    to.bind(lane.transfer).bind(lane.bucket).bind(lane.folder).bind(lane.endpoint);
    return to.bind(lane.partition);
}

sqlite_statement& bind_lane(sqlite_statement& to, const lane_row& row) {
    to.bind(row.claim_token).bind(row.claim_number).bind(std::int64_t{row.claimed});
    to.bind(row.next_commit).bind(row.next.sequence).bind(row.next.offset);
    return to.bind(row.fingerprint);
}

sqlite_statement& bind_plan(sqlite_statement& to, const plan_row& row) {
    to.bind(row.key)
        .bind(row.token)
        .bind(row.epoch)
        .bind(row.first.sequence)
        .bind(row.first.offset);
    to.bind(row.part_size)
        .bind(row.object_bytes)
        .bind(row.format)
        .bind(row.codec)
        .bind(row.encoder);
    to.bind(row.upload_id);
    if (row.sealed_at)
        to.bind(row.sealed_at->sequence).bind(row.sealed_at->offset);
    else
        to.bind_null().bind_null();
    to.bind(std::int64_t{row.completed}).bind(row.commit_bytes).bind(row.object_events);
    to.bind(std::int64_t{row.ran.count()});
    return row.abort_at ? to.bind(*row.abort_at) : to.bind_null();
}

sqlite_statement& bind_part(sqlite_statement& to, const part_row& row) {
    to.bind(std::uint64_t{row.number}).bind(row.size).bind(row.etag).bind(row.crc64nvme);
    to.bind(row.block.sequence).bind(row.block.offset).bind(row.offset_in_block);
    return to.bind(row.block_prefix_crc64).bind(row.object_crc64).bind(row.object_bytes);
}

} // namespace sluice
