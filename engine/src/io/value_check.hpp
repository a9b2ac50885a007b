// engine: one piece of an object of values, beside what is committed and beside the stream.
#pragma once

#include "object_check.hpp"

namespace sluice {

/// As check_piece does for records. Of `raw` only the values' bytes can be checked: where events
/// begin leaves no trace.
task<result<void>>
check_values(verification& at, const committed_piece& piece, object_check& check);

} // namespace sluice
