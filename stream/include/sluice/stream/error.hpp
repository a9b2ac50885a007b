// stream: failures of stream stores and formats.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace sluice {

enum class stream_errc {
    no_such_stream = 1, ///< exit 3
    stream_exists,      ///< create found a stream of that name; exit 1
    locked,             ///< another process writes the stream (or uses the cursor); exit 7
    reserved,           ///< the stream belongs to an import; exit 7
    fenced,             ///< another writer opened the stream since; exit 7
    damaged,        ///< durable data does not check: the stream stops, nothing is deleted; exit 1
    out_of_range,   ///< a position outside what the stream holds; exit 2
    diverged,       ///< same position, other bytes, or another incarnation; exit 7
    malformed,      ///< input that is not in the format it should be; exit 1
    too_large,      ///< an event's key and headers above 1 MiB, a batch above its limit; exit 1
    out_of_order,   ///< an append that does not continue the partition; exit 1
    no_such_cursor, ///< exit 3
    unfit,          ///< an event that objects of this format cannot hold; exit 1
};

const boost::system::error_category& stream_category() noexcept;
boost::system::error_code make_error_code(stream_errc e) noexcept;

} // namespace sluice

template <>
struct boost::system::is_error_code_enum<sluice::stream_errc> : std::true_type {};
