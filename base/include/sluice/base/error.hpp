// base: the failures that every room can meet.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace sluice {

enum class errc {
    invalid_argument =
        1,   ///< a value that a person gave cannot be used; `where` names it and the way out
    damaged, ///< stored bytes do not check (CRC, structure, lengths)
    unsupported_version, ///< a version, kind or flag that this program does not know
    disk_full,           ///< ENOSPC or EDQUOT
    io_error,            ///< the operating system refused a file operation
    not_found,           ///< a file or directory that must exist does not
    timed_out,           ///< the deadline passed
    cancelled,           ///< the caller asked to stop
    limit_exceeded,      ///< input larger than the documented limit
};

const boost::system::error_category& base_category() noexcept;
boost::system::error_code make_error_code(errc e) noexcept;

} // namespace sluice

template <>
struct boost::system::is_error_code_enum<sluice::errc> : std::true_type {};
