// s3sim: how the server says no: an S3 error as a value.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::sim {

/// One S3 error answer. `details` become further elements of the error document, `headers` are
/// sent beside it. Status 304 has no document.
struct refusal {
    // Not an aggregate: otherwise a number would convert to one, and `outcome<unsigned>` not work.
    refusal() = default;

    unsigned status = 500;
    std::string code;
    std::string message;
    std::vector<std::pair<std::string, std::string>> details;
    std::vector<std::pair<std::string, std::string>> headers;
};

inline refusal refuse(unsigned status, std::string code, std::string message) {
    refusal why;
    why.status = status;
    why.code = std::move(code);
    why.message = std::move(message);
    return why;
}

template <class T>
using outcome = boost::system::result<T, refusal>;

/// Thrown by `outcome::value()`: reading a value that is not there is a bug of this program.
[[noreturn]] void throw_exception_from_error(const refusal& why, const boost::source_location& at);

} // namespace sluice::sim
