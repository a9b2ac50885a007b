// engine: the journal on SQLite. One connection, one mutex.
#pragma once

#include "sqlite_statement.hpp"

#include <sluice/engine/state_store.hpp>

#include <mutex>
#include <string>
#include <utility>

namespace sluice {

/// Every modifying call is one statement or one transaction: durable when it returns, or not there
/// at all.
class sqlite_state final : public state_store {
  public:
    /// Takes the open database over.
    sqlite_state(std::string file, sqlite3* db) : file_(std::move(file)), db_(db) {}
    ~sqlite_state() override;

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
    result<std::vector<destination_row>> destinations(const std::string& transfer) override;
    result<std::int64_t>
    put_destination(const std::string& transfer, const destination_row& row) override;
    result<void> forget_destination(std::int64_t id) override;
    result<void> set_desired(
        std::int64_t destination, std::optional<std::uint32_t> partition, const std::string& desired
    ) override;
    result<void> set_observed(const std::vector<destination_row>& rows) override;
    result<std::int64_t> data_version() override;
    result<std::unique_ptr<run_lock>> lock_transfer(const std::string& name) override;
    result<bool> is_locked(const std::string& name) override;
    result<std::optional<lane_row>> find_lane(const lane_key& lane) override;
    result<void> put_lane(const lane_key& lane, const lane_row& row) override;
    result<std::vector<plan_row>> plans(const lane_key& lane) override;
    result<std::int64_t> add_plan(const lane_key& lane, const plan_row& plan) override;
    result<void> update_plan(const plan_row& plan) override;
    result<void> drop_plan(std::int64_t id) override;
    result<std::vector<part_row>> parts(std::int64_t plan) override;
    result<void> put_part(std::int64_t plan, const part_row& part) override;
    result<void> note_part(std::int64_t plan, const part_row& part) override;
    result<void> committed(const lane_key& lane, const lane_row& row, std::int64_t plan) override;

  private:
    /// Whether what is done meanwhile is synced before its call returns.
    enum class syncing { yes, no };
    class hold {
      public:
        explicit hold(sqlite_state& of, syncing how = syncing::yes) : lock_(of.guard_) {
            of.set(how);
        }

      private:
        std::lock_guard<std::mutex> lock_;
    };

    void set(syncing how);
    result<void> write_part(std::int64_t plan, const part_row& part);
    result<std::int64_t> lane_id(const lane_key& lane);
    result<void> write_lane(const lane_key& lane, const lane_row& row);
    result<void> erase_plan(std::int64_t id);
    result<void> read_lane_wishes(destination_row& of);
    result<std::int64_t> write_destination(const std::string& transfer, const destination_row& row);
    result<void> forget_ends(std::int64_t destination);
    result<void> write_desired(
        std::int64_t destination, std::optional<std::uint32_t> partition, const std::string& desired
    );
    result<void> name_targets(std::int64_t destination);

    std::string file_;
    std::mutex guard_;
    sqlite3* db_;
    syncing syncing_ = syncing::yes; ///< as it was opened
    kept_statement write_part_, update_plan_;
};

} // namespace sluice
