// base: failures are values. This file says what a failure carries and how a function returns one.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>

namespace sluice {

using boost::system::error_code;

/// Why something did not happen; made once, at the lowest level that knows.
/// Code on the way up adds to `where`, and never re-labels or removes anything.
struct failure {
    error_code code;   ///< for the program: compare with the errc enums of the rooms
    std::string where; ///< for a person: names the input ("UploadPart b/key part 7"); no secrets
    std::string peer_text;  ///< what the other side said; never parsed, quoted in logs
    std::string request_id; ///< x-amz-request-id; empty when no server answered
};

template <class T>
using result = boost::system::result<T, failure>;

/// One line for a person: where, what, what the peer said, request id. No trailing newline.
std::string describe(const failure& why);

/// The exception that `result::value()` throws: a broken promise of ours, never an input error.
[[noreturn]] void throw_exception_from_error(const failure& why, const boost::source_location& at);

} // namespace sluice
