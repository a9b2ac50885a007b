// simulation: the log's files of one process, on the disk of its machine.
#pragma once

#include "disk.hpp"
#include "io/log/file_system.hpp"

#include <memory>

namespace sluice::simulation {

/// Each call is a step of the process; when that is dead, all calls fail and change nothing.
class log_files final : public log::file_system {
  public:
    log_files(std::shared_ptr<life> whose, machine_disk& on) : whose_(std::move(whose)), on_(on) {}

    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override;
    result<void> rename(const log::path& from, const log::path& to) override;
    result<void> remove(const log::path& name) override;
    result<void> sync_directory(const log::path& name) override;
    result<void> make_directory(const log::path&) override { return result<void>(); }
    result<std::string> network_of(const log::path&) override { return std::string(); }
    result<log::disk_room> room_of(const log::path&) override { return log::disk_room(); }
    result<std::vector<std::string>> list(const log::path& name) override;

  private:
    bool dead(const char* at);

    std::shared_ptr<life> whose_;
    machine_disk& on_;
};

} // namespace sluice::simulation
