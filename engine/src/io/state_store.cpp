// engine: the journal of transfers, one SQLite file.
#include "run_lock.hpp"
#include "sqlite_statement.hpp"
#include "state_schema.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/state_store.hpp>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <system_error>

#include <sys/stat.h>

namespace sluice {

namespace {

constexpr const char* transfer_columns = "name, kind, source, targets, command, desired, observed, "
                                         "holder, last_error, progress, updated";

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

void bind_plan(sqlite_statement& to, const plan_row& row) {
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
    to.bind(std::int64_t{row.completed}).bind(row.commit_bytes);
}

std::int64_t journal_clock() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// Every modifying call is one statement or one transaction: durable when it returns, or not there
/// at all.
class sqlite_state final : public state_store {
  public:
    explicit sqlite_state(std::string file) : file_(std::move(file)) {}
    ~sqlite_state() override { sqlite3_close(db_); }

    result<void> open_file();

    result<std::vector<transfer_row>> transfers() override;
    result<std::optional<transfer_row>> find_transfer(const std::string& name) override;
    result<void> put_transfer(const transfer_row& row) override;
    result<void> set_desired(const std::string& name, const std::string& desired) override;
    result<void> set_observed(
        const std::string& name,
        const std::string& observed,
        const std::string& progress_json,
        const std::string& error
    ) override;
    result<void> remove_transfer(const std::string& name) override;
    result<std::int64_t> data_version() override;
    result<std::unique_ptr<run_lock>> lock_transfer(const std::string& name) override;
    result<std::optional<lane_row>> find_lane(const lane_key& lane) override;
    result<void> put_lane(const lane_key& lane, const lane_row& row) override;
    result<std::vector<plan_row>> plans(const lane_key& lane) override;
    result<std::int64_t> add_plan(const lane_key& lane, const plan_row& plan) override;
    result<void> update_plan(const plan_row& plan) override;
    result<void> drop_plan(std::int64_t id) override;
    result<std::vector<part_row>> parts(std::int64_t plan) override;
    result<void> put_part(std::int64_t plan, const part_row& part) override;
    result<void> committed(const lane_key& lane, const lane_row& row, std::int64_t plan) override;

  private:
    using hold = std::lock_guard<std::mutex>;

    result<void> execute(const char* sql);
    result<void> check_schema();
    result<std::int64_t> lane_id(const lane_key& lane);
    result<void> write_lane(const lane_key& lane, const lane_row& row);
    result<void> erase_plan(std::int64_t id);

    std::string file_;
    std::mutex guard_;
    sqlite3* db_ = nullptr;
};

result<void> sqlite_state::execute(const char* sql) {
    const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_failure(db_, file_, code);
    return result<void>();
}

result<void> sqlite_state::open_file() {
    std::error_code ec;
    const std::filesystem::path folder = std::filesystem::path(file_).parent_path();
    if (!folder.empty() && std::filesystem::create_directories(folder, ec))
        ::chmod(folder.c_str(), 0700);
    const mode_t before = ::umask(0077);
    const int code = sqlite3_open_v2(
        file_.c_str(),
        &db_,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
        nullptr
    );
    ::umask(before);
    if (code != SQLITE_OK) return sqlite_failure(db_, file_, code);
    sqlite3_busy_timeout(db_, 10'000);
    for (const char* pragma :
         {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"}) {
        auto set = execute(pragma);
        if (!set) return set;
    }
    return check_schema();
}

result<void> sqlite_state::check_schema() {
    auto begun = execute("BEGIN IMMEDIATE");
    if (!begun) return begun;
    std::int64_t version = 0;
    {
        sqlite_statement ask(db_, file_, "PRAGMA user_version");
        auto row = ask.step();
        if (!row) return row.error();
        version = ask.integer();
    }
    if (version == 0) {
        auto made = execute(state_schema);
        if (!made) return made;
        const std::string stamp = "PRAGMA user_version = " + std::to_string(state_schema_version);
        auto stamped = execute(stamp.c_str());
        if (!stamped) return stamped;
    }
    auto done = execute("COMMIT");
    if (!done) return done;
    if (version == 0 || version == state_schema_version) return result<void>();
    failure why;
    why.code = engine_errc::state_unusable;
    why.where = "state file " + file_ + ": has schema version " + std::to_string(version) +
                ", this program knows " + std::to_string(state_schema_version) +
                "; use the newer sluice, or another --state file";
    return why;
}

result<std::vector<transfer_row>> sqlite_state::transfers() {
    const hold held(guard_);
    sqlite_statement ask(
        db_, file_, std::string("SELECT ") + transfer_columns + " FROM transfer ORDER BY name"
    );
    std::vector<transfer_row> rows;
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return rows;
        rows.push_back(read_transfer(ask));
    }
}

result<std::optional<transfer_row>> sqlite_state::find_transfer(const std::string& name) {
    const hold held(guard_);
    sqlite_statement ask(
        db_, file_, std::string("SELECT ") + transfer_columns + " FROM transfer WHERE name = ?"
    );
    auto row = ask.bind(name).step();
    if (!row) return row.error();
    if (!*row) return std::optional<transfer_row>();
    return std::optional<transfer_row>(read_transfer(ask));
}

result<void> sqlite_state::put_transfer(const transfer_row& row) {
    const hold held(guard_);
    sqlite_statement put(
        db_,
        file_,
        std::string("INSERT INTO transfer (") + transfer_columns +
            ") VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (name) DO UPDATE SET kind = "
            "excluded.kind, "
            "source = excluded.source, targets = excluded.targets, command = excluded.command, "
            "observed = excluded.observed, holder = excluded.holder, last_error = "
            "excluded.last_error, "
            "progress = excluded.progress, updated = excluded.updated"
    );
    put.bind(row.name)
        .bind(row.kind)
        .bind(row.source)
        .bind(row.targets)
        .bind(row.command)
        .bind(row.desired);
    put.bind(row.observed)
        .bind(row.holder)
        .bind(row.last_error)
        .bind(row.progress)
        .bind(row.updated);
    return put.run();
}

result<void> sqlite_state::set_desired(const std::string& name, const std::string& desired) {
    {
        const hold held(guard_);
        sqlite_statement set(db_, file_, "UPDATE transfer SET desired = ? WHERE name = ?");
        auto done = set.bind(desired).bind(name).run();
        if (!done || sqlite3_changes(db_) > 0) return done;
    }
    failure why;
    why.code = errc::not_found;
    why.where = "transfer " + name + ": not in the state file " + file_;
    auto all = transfers();
    if (!all) return all.error();
    std::vector<std::string> names;
    for (const transfer_row& each : *all)
        names.push_back(each.name);
    if (const auto near = nearest(name, names)) why.where += "; did you mean " + *near + "?";
    return why;
}

result<void> sqlite_state::set_observed(
    const std::string& name,
    const std::string& observed,
    const std::string& progress_json,
    const std::string& error
) {
    const hold held(guard_);
    const bool over = observed != "running" && observed != "pausing";
    sqlite_statement set(
        db_,
        file_,
        "UPDATE transfer SET observed = ?, progress = ?, last_error = ?, updated = ?, "
        "holder = CASE WHEN ? THEN '' ELSE holder END WHERE name = ?"
    );
    set.bind(observed)
        .bind(progress_json)
        .bind(error)
        .bind(journal_clock())
        .bind(std::int64_t{over})
        .bind(name);
    return set.run();
}

result<void> sqlite_state::remove_transfer(const std::string& name) {
    const hold held(guard_);
    auto begun = execute("BEGIN IMMEDIATE");
    if (!begun) return begun;
    for (const char* sql :
         {"DELETE FROM lane WHERE transfer = ?", "DELETE FROM transfer WHERE name = ?"}) {
        sqlite_statement erase(db_, file_, sql);
        auto done = erase.bind(name).run();
        if (!done) {
            execute("ROLLBACK");
            return done;
        }
    }
    return execute("COMMIT");
}

result<std::int64_t> sqlite_state::data_version() {
    const hold held(guard_);
    sqlite_statement ask(db_, file_, "PRAGMA data_version");
    auto row = ask.step();
    if (!row) return row.error();
    return ask.integer();
}

result<std::unique_ptr<state_store::run_lock>> sqlite_state::lock_transfer(const std::string& name
) {
    return take_run_lock(file_, name);
}

result<std::int64_t> sqlite_state::lane_id(const lane_key& lane) {
    sqlite_statement ask(
        db_,
        file_,
        "SELECT id FROM lane WHERE transfer = ? AND bucket = ? AND folder = ? AND endpoint = ? AND "
        "partition = ?"
    );
    ask.bind(lane.transfer)
        .bind(lane.bucket)
        .bind(lane.folder)
        .bind(lane.endpoint)
        .bind(lane.partition);
    auto row = ask.step();
    if (!row) return row.error();
    if (*row) return ask.integer();
    failure why;
    why.code = engine_errc::state_unusable;
    why.where =
        "state file " + file_ + ": a lane of transfer " + lane.transfer + " has vanished from it";
    return why;
}

result<std::optional<lane_row>> sqlite_state::find_lane(const lane_key& lane) {
    const hold held(guard_);
    sqlite_statement ask(
        db_,
        file_,
        "SELECT claim_token, claim_number, claimed, next_commit, next_sequence, next_offset, "
        "fingerprint FROM lane "
        "WHERE transfer = ? AND bucket = ? AND folder = ? AND endpoint = ? AND partition = ?"
    );
    ask.bind(lane.transfer)
        .bind(lane.bucket)
        .bind(lane.folder)
        .bind(lane.endpoint)
        .bind(lane.partition);
    auto there = ask.step();
    if (!there) return there.error();
    if (!*there) return std::optional<lane_row>();
    lane_row row;
    row.claim_token = ask.text();
    row.claim_number = ask.unsigned_integer();
    row.claimed = ask.integer() != 0;
    row.next_commit = ask.unsigned_integer();
    row.next.partition = lane.partition;
    row.next.sequence = ask.integer();
    row.next.offset = ask.integer();
    row.fingerprint = ask.unsigned_integer();
    return std::optional<lane_row>(std::move(row));
}

result<void> sqlite_state::write_lane(const lane_key& lane, const lane_row& row) {
    sqlite_statement put(
        db_,
        file_,
        "INSERT INTO lane (transfer, bucket, folder, endpoint, partition, claim_token, "
        "claim_number, claimed, next_commit, "
        "next_sequence, next_offset, fingerprint) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (transfer, bucket, folder, endpoint, partition) DO UPDATE SET claim_token = "
        "excluded.claim_token, "
        "claim_number = excluded.claim_number, claimed = excluded.claimed, next_commit = "
        "excluded.next_commit, "
        "next_sequence = excluded.next_sequence, next_offset = excluded.next_offset, fingerprint = "
        "excluded.fingerprint"
    );
    put.bind(lane.transfer)
        .bind(lane.bucket)
        .bind(lane.folder)
        .bind(lane.endpoint)
        .bind(lane.partition);
    put.bind(row.claim_token)
        .bind(row.claim_number)
        .bind(std::int64_t{row.claimed})
        .bind(row.next_commit);
    put.bind(row.next.sequence).bind(row.next.offset).bind(row.fingerprint);
    return put.run();
}

result<void> sqlite_state::put_lane(const lane_key& lane, const lane_row& row) {
    const hold held(guard_);
    return write_lane(lane, row);
}

result<std::vector<plan_row>> sqlite_state::plans(const lane_key& lane) {
    const hold held(guard_);
    auto id = lane_id(lane);
    if (!id) return id.error();
    sqlite_statement ask(
        db_,
        file_,
        "SELECT id, key, token, epoch, first_sequence, first_offset, part_size, object_bytes, "
        "format, codec, encoder, "
        "upload_id, sealed_sequence, sealed_offset, completed, commit_bytes FROM plan WHERE lane = "
        "? ORDER BY id"
    );
    ask.bind(*id);
    std::vector<plan_row> rows;
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return rows;
        rows.push_back(read_plan(ask, lane.partition));
    }
}

result<std::int64_t> sqlite_state::add_plan(const lane_key& lane, const plan_row& plan) {
    const hold held(guard_);
    auto id = lane_id(lane);
    if (!id) return id.error();
    sqlite_statement add(
        db_,
        file_,
        "INSERT INTO plan (lane, key, token, epoch, first_sequence, first_offset, part_size, "
        "object_bytes, format, codec, "
        "encoder, upload_id, sealed_sequence, sealed_offset, completed, commit_bytes) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    );
    add.bind(*id);
    bind_plan(add, plan);
    auto added = add.run();
    if (!added) return added.error();
    return std::int64_t{sqlite3_last_insert_rowid(db_)};
}

result<void> sqlite_state::update_plan(const plan_row& plan) {
    const hold held(guard_);
    sqlite_statement set(
        db_,
        file_,
        "UPDATE plan SET key = ?, token = ?, epoch = ?, first_sequence = ?, first_offset = ?, "
        "part_size = ?, "
        "object_bytes = ?, format = ?, codec = ?, encoder = ?, upload_id = ?, sealed_sequence = ?, "
        "sealed_offset = ?, "
        "completed = ?, commit_bytes = ? WHERE id = ?"
    );
    bind_plan(set, plan);
    return set.bind(plan.id).run();
}

result<void> sqlite_state::erase_plan(std::int64_t id) {
    sqlite_statement erase(db_, file_, "DELETE FROM plan WHERE id = ?");
    return erase.bind(id).run();
}

result<void> sqlite_state::drop_plan(std::int64_t id) {
    const hold held(guard_);
    return erase_plan(id);
}

result<std::vector<part_row>> sqlite_state::parts(std::int64_t plan) {
    const hold held(guard_);
    std::uint32_t partition = 0;
    {
        sqlite_statement ask(
            db_,
            file_,
            "SELECT lane.partition FROM plan JOIN lane ON lane.id = plan.lane WHERE plan.id = ?"
        );
        auto row = ask.bind(plan).step();
        if (!row) return row.error();
        if (*row) partition = static_cast<std::uint32_t>(ask.integer());
    }
    sqlite_statement ask(
        db_,
        file_,
        "SELECT number, size, etag, crc64nvme, block_sequence, block_offset, offset_in_block, "
        "block_prefix_crc64, "
        "object_crc64, object_bytes FROM part WHERE plan = ? ORDER BY number"
    );
    ask.bind(plan);
    std::vector<part_row> rows;
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return rows;
        rows.push_back(read_part(ask, partition));
    }
}

result<void> sqlite_state::put_part(std::int64_t plan, const part_row& part) {
    const hold held(guard_);
    sqlite_statement put(
        db_,
        file_,
        "INSERT OR REPLACE INTO part (plan, number, size, etag, crc64nvme, block_sequence, "
        "block_offset, offset_in_block, "
        "block_prefix_crc64, object_crc64, object_bytes) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
    );
    put.bind(plan)
        .bind(std::uint64_t{part.number})
        .bind(part.size)
        .bind(part.etag)
        .bind(part.crc64nvme);
    put.bind(part.block.sequence)
        .bind(part.block.offset)
        .bind(part.offset_in_block)
        .bind(part.block_prefix_crc64);
    put.bind(part.object_crc64).bind(part.object_bytes);
    return put.run();
}

result<void> sqlite_state::committed(const lane_key& lane, const lane_row& row, std::int64_t plan) {
    const hold held(guard_);
    auto begun = execute("BEGIN IMMEDIATE");
    if (!begun) return begun;
    auto written = write_lane(lane, row);
    if (written) written = erase_plan(plan);
    if (written) return execute("COMMIT");
    execute("ROLLBACK");
    return written;
}

} // namespace

result<std::unique_ptr<state_store>> state_store::open(const std::string& file) {
    auto store = std::make_unique<sqlite_state>(file);
    auto opened = store->open_file();
    if (!opened) return opened.error();
    return std::unique_ptr<state_store>(std::move(store));
}

} // namespace sluice
