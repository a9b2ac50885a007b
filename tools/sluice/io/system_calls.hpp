// tools: how many system calls this process makes, counted by the kernel.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice::command {

/// Counts from its construction, on all threads that this one starts afterwards and on itself, at
/// no cost that shows. Only where the kernel lets this user trace (root, usually).
class system_call_counter {
  public:
    system_call_counter();
    ~system_call_counter();
    system_call_counter(const system_call_counter&) = delete;
    system_call_counter& operator=(const system_call_counter&) = delete;

    /// nullopt where they cannot be counted.
    std::optional<std::uint64_t> count() const;

  private:
    int counter_ = -1;
};

} // namespace sluice::command
