// engine: failures of transfers, and the exit status that every failure has.
#pragma once

#include <sluice/base/result.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace sluice {

enum class engine_errc {
    fenced = 1,          ///< a newer claim exists: this run is over; exit 7
    claimed_by_other,    ///< an unreleased claim of another transfer; --take-over; exit 7
    other_incarnation,   ///< the prefix or the target holds another stream's data; exit 7
    diverged,            ///< history differs from what was exported; exit 7
    foreign_object,      ///< somebody else's object at a key of ours; exit 7
    guarantee_not_given, ///< the store's conditional PUT cannot be trusted; exit 7
    run_by_other,        ///< another process runs this transfer; exit 7
    format_differs,      ///< the folder holds another format; exit 7
    no_export_here, ///< no stream below the prefix (or several: the failure names them); exit 3 or
                    ///< 2
    ambiguous_prefix, ///< several streams below the prefix; exit 2
    damaged_object,   ///< an object or commit is missing or does not check; exit 1
    gave_up,          ///< --retry-for passed; resumable; exit 5
    paused,           ///< stopped on request; resumable; exit 10
    gap,              ///< finished, but something is missing; exit 6
    state_unusable,   ///< the state file has another schema version, or is not one; exit 1
    usage,            ///< options that contradict each other; exit 2
    start_refused,    ///< --start, or what the stream has lost, needs to be accepted; exit 7
    stopped,          ///< stopped on request, the claim is released; exit 10
    cancelled,        ///< cancelled on request, nothing unfinished is left; exit 10
    limit_reached,    ///< --max-events, --max-transfer or --max-duration; resumable; exit 8
    nothing_to_do,    ///< nothing was moved, with --fail-if-empty; exit 9
};

const boost::system::error_category& engine_category() noexcept;
boost::system::error_code make_error_code(engine_errc e) noexcept;

/// Where a failure arose decides what "not found" means.
enum class side { source = 1, destination, neither };
/// The documented exit status (docs: interface) of a failure.
int exit_status(const failure& why, side where);

} // namespace sluice

template <>
struct boost::system::is_error_code_enum<sluice::engine_errc> : std::true_type {};
