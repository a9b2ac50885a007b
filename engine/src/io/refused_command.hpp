// engine: a command that is refused leaves the transfer as it was.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/engine/state_store.hpp>

#include <string>
#include <vector>

namespace sluice {

/// A transfer as the journal knew it before a command was given for it.
struct known_transfer {
    transfer_row row;
    std::vector<destination_row> destinations;
};

/// Something has come over by this run.
bool has_moved(const progress& seen);

/// The command cannot have been meant so (exit status 2, 3, 4, 7), and has moved nothing.
bool is_refused(const failure& why, side where, const progress& end);

/// The transfer again as it was, its command and its destinations too. Of a destination that the
/// refused command had left out the place in the order is another one.
result<void> put_back(state_store& journal, const known_transfer& before);

} // namespace sluice
