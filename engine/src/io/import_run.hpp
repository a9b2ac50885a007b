// engine: a whole import: one prefix, one reserved stream, one lane per partition.
#pragma once

#include "import_parts.hpp"

#include <memory>

namespace sluice {

/// Opens the source (its folder is looked for when the work begins, unless it is given) and the
/// target stream, which is created and reserved when it does not exist. The work ends when
/// everything committed by then has been appended.
std::shared_ptr<transfer_work> make_import(import_parts parts);

} // namespace sluice
