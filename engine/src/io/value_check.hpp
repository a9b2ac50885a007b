// engine: one piece of a `delimited` or `raw` object beside what it holds, and beside the stream.
#pragma once

#include "object_check.hpp"

namespace sluice {

/// As check_piece does for records. Of `raw` only the values' bytes can be checked: where events
/// begin leaves no trace.
task<result<void>>
check_values(verification& at, const committed_piece& piece, object_check& check);

} // namespace sluice
