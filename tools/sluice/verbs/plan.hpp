// tools: what a transfer would do, told instead of done: `sluice plan`, and `--dry-run`.
#pragma once

#include "flags.hpp"
#include "run_transfer.hpp"

#include <sluice/engine/spec.hpp>

namespace CLI {
class App;
}

namespace sluice::command {

struct plan_words {
    bool only = false;  ///< nothing is moved
    bool probe = false; ///< the store is tried out, with small objects that are removed again
};
/// `always`: below `sluice plan`; elsewhere `--dry-run` asks for it.
void add_plan_flags(CLI::App& to, plan_words& words, bool always);
void add_probe_flag(CLI::App& to, plan_words& words);

int run_plan(
    const export_spec& spec, const transfer_places& places, const display& shown, bool probe
);
int run_plan(const import_spec& spec, const transfer_places& places, const display& shown);

} // namespace sluice::command
