// engine: one object that nobody committed: its ranges in order, decoded, into the stream.
#pragma once

#include "foreign_import.hpp"
#include "range_ahead.hpp"

#include <cstddef>
#include <optional>

namespace sluice {

/// Why an object was not read to its end.
struct reading_failure {
    enum class fault {
        object =
            1, ///< it is damaged, gone or another one: it may be left out, and the import go on
        store,
        stream,
        request, ///< a word of the command, or the wish to pause
    };
    failure why;
    fault of = fault::object;
    bool unread = false; ///< it was gone or another one before its first byte was read
};

/// Reads the object that the target has come to, number `number` of those in `ranges`. What
/// was decoded is gathered or appended, also before a failure. Cancellation: terminal.
task<std::optional<reading_failure>> read_object(
    foreign_import& with, range_ahead& ranges, const foreign_object& what, std::size_t number
);

} // namespace sluice
