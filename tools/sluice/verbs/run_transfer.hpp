// tools: a transfer from its spec to the exit status; what `export` and `import` share.
#pragma once

#include "flags.hpp"

#include <sluice/engine/spec.hpp>

#include <string>

namespace sluice::command {

struct transfer_places {
    std::string data_dir;
    std::string state_file;
};

/// `threads`: over so many the partitions are spread; 0: one per core.
int run_transfer(
    const export_spec& spec, const transfer_places& places, const display& shown, unsigned threads
);
int run_transfer(
    const import_spec& spec, const transfer_places& places, const display& shown, unsigned threads
);
int run_transfer(const repair_spec& spec, const transfer_places& places, const display& shown);

} // namespace sluice::command
