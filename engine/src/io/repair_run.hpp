// engine: an export that is looked through and mended.
#pragma once

#include "export_target.hpp"
#include "transfer_state.hpp"

#include <sluice/engine/spec.hpp>
#include <sluice/stream/reader.hpp>

#include <memory>
#include <string>

namespace sluice {

/// The folder to be mended, as the target of the export that made it. Errors: those of find_folder
/// and of the address; other_incarnation where it is of another stream.
task<result<std::unique_ptr<export_target>>> find_repair_target(
    any_io_executor on, const repair_spec& spec, const reader& stream, const engine_options& options
);

/// `s3://bucket/prefix`: what the export was given.
std::string parent_of(const export_folder& where);

/// Verifies everything, mends what can be mended, and makes pages that are missing.
std::shared_ptr<transfer_work> make_repair(
    transfer::state& shared,
    const repair_spec& spec,
    std::unique_ptr<reader> stream,
    std::unique_ptr<export_target> target
);

} // namespace sluice
