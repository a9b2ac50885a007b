// s3client: answers read into the variables of the calls that wait for them.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/error.hpp>

#include <string>
#include <utility>

namespace sluice::s3 {

/// Moves what was read into its place, or hands out the failure.
template <class T, class To>
result<void> keep(result<T> read, To& to) {
    if (!read) return read.error();
    to = std::move(*read);
    return result<void>();
}

/// A page that names itself as the next one would be asked for without end.
inline failure not_advancing(const char* what) {
    failure why;
    why.code = s3_errc::malformed_answer;
    why.where = std::string(what) + " does not advance";
    return why;
}

} // namespace sluice::s3
