// engine: an import of objects that nobody committed: what a listing shows, one after the other.
#pragma once

#include "import_parts.hpp"

#include <memory>

namespace sluice {

/// Creates the target stream with one partition, reserved, when it does not exist. Ends when what
/// the listing showed at the beginning has been appended. `parts.spec.listing` is set.
std::shared_ptr<transfer_work> make_listing_import(import_parts parts);

} // namespace sluice
