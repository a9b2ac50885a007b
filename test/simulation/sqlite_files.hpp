// simulation: SQLite's files, on the disk of the machine whose process runs.
#pragma once

#include "disk.hpp"

namespace sluice::simulation {

/// From now on SQLite opens its files on the disk that `which` tells for a file's name (never
/// null), each call being a step of the process that runs just then.
void give_sqlite_disks(machine_disk* (*which)(const std::string& name));

} // namespace sluice::simulation
