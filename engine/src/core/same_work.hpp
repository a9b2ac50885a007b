// engine: whether a command means the transfer that the journal knows by its name.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/state_store.hpp>

#include <string>
#include <vector>

namespace sluice {

/// A transfer with its destinations.
struct named_work {
    transfer_row row;                          ///< kind, source, targets
    std::vector<destination_row> destinations; ///< of an export: target, endpoint
};

/// A name goes on with what it was begun with: the direction, the stream, and at least one of the
/// destinations (others may come and go), or the place an import comes from. `data_dir`: where
/// streams lie that are named without a folder. Errors: engine_errc::usage, telling what the name
/// stands for.
result<void>
check_same_work(const named_work& known, const named_work& asked, const std::string& data_dir);

} // namespace sluice
