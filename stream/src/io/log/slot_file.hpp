// stream: a small state file of two slots, open.
#pragma once

#include "../../core/log_slots.hpp"
#include "file_system.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sluice::log {

/// Never renamed (a lock on it would be lost), written slot by slot in turn.
class slot_file {
  public:
    slot_file() = default;
    slot_file(std::unique_ptr<file> at, std::size_t payload)
        : file_(std::move(at)), payload_(payload) {}

    file& underlying() { return *file_; }
    /// nullopt: nothing was ever stored, or neither slot checks.
    result<std::optional<byte_vector>> load();
    /// What is to be told of the value that was loaded; empty: nothing.
    const std::string& note() const { return note_; }
    /// Not synced. After a crash the value before it may be found instead.
    result<void> store(const byte_vector& payload);

  private:
    std::unique_ptr<file> file_;
    std::size_t payload_ = 0;
    std::uint64_t counter_ = 0;
    std::string note_;
};

} // namespace sluice::log
