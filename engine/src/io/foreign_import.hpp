// engine: objects that nobody committed, one after the other into the stream.
#pragma once

#include "../core/foreign_reader.hpp"
#include "../core/listing_lookback.hpp"
#include "foreign_source.hpp"
#include "listing_target.hpp"
#include "step_gate.hpp"

#include <sluice/engine/error.hpp>
#include <sluice/engine/spec.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Objects that an export wrote are read one behind the other: what is open at the end of one is
/// looked for in the next.
struct own_run {
    std::unique_ptr<foreign_reader> reader; ///< none: nothing is open
    foreign_encoding encoding;
    std::optional<own_place> last; ///< the object read last; none: it was nobody's we know
    foreign_object object;         ///< the same
};

/// What an import by listing works with. Use on the transfer's strand.
struct foreign_import {
    transfer_run& run;
    foreign_source& from;
    listing_target& to;
    step_gate& gate;
    lane_id scheduled{};
    listing_options options;
    std::size_t event_bytes = 0; ///< of events cut from `raw`
    bool follows = false;        ///< there will be another listing
    own_run own;
    look_back behind;
    side failing = side::source; ///< where what failed last did
};

/// Imports the objects in this order; the first may be half done. With skip_bad goes on behind what
/// is damaged, gone or another one. One that follows ends early, without an error, at an object
/// that is gone or another one before anything of it was read: the next listing tells. Errors:
/// paused; gave_up; damaged_object, and what the formats say, with the object's address; what store
/// and writer say. Nothing behind a failure is ever appended. Cancellation: terminal; the stream
/// then says how to go on.
task<result<void>> import_objects(foreign_import& at, const std::vector<foreign_object>& objects);

/// The rest of the object come to last is not imported, nor is it read another time. `now` is what
/// stands at its key; no key: nothing that need be known. Errors: those of the writer.
/// Cancellation: terminal.
task<result<void>> leave_out(foreign_import& at, std::string why, const foreign_object& now);

} // namespace sluice
