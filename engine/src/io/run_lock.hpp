// engine: one transfer is run by one process at a time.
#pragma once

#include <sluice/engine/state_store.hpp>

#include <memory>
#include <string>

namespace sluice {

/// Locks a file named after the transfer, beside the state file. The kernel frees it with the
/// process.
result<std::unique_ptr<state_store::run_lock>>
take_run_lock(const std::string& state_file, const std::string& transfer);

/// Whether a process holds that lock; it is not touched.
result<bool> is_run_locked(const std::string& state_file, const std::string& transfer);

} // namespace sluice
