// engine: an import from commits where there are some, else by listing.
#pragma once

#include "import_parts.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/engine/spec.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// The same import by listing, where it was told nothing that only commits can answer.
std::optional<import_spec> spec_by_listing(const import_spec& spec);

/// Whether objects lie below the prefix, and none that an export wrote: those need their commits.
/// The first 1,000 are looked at. Errors: what the store says.
task<result<bool>>
holds_foreign_objects(s3::object_store& store, std::string bucket, std::string prefix, deadline by);

/// Looks for an export when the work begins: where there is one, as make_import; where none is and
/// holds_foreign_objects, as make_listing_import, which is logged as a warning; else it fails as
/// make_import does.
std::shared_ptr<transfer_work> make_chosen_import(import_parts parts);

} // namespace sluice
