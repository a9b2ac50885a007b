// engine: what an object that is not known from commits holds, told by its key and first bytes.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/stream/encoding.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// How the bytes of an object become events.
enum class foreign_format {
    avro = 1,  ///< our envelope
    ndjson,    ///< each line an event in our JSON
    lines,     ///< each line a value
    delimited, ///< a length of four bytes before each value
    raw,       ///< cut into values of one size
};

struct foreign_encoding {
    foreign_format format = foreign_format::avro;
    object_codec codec = object_codec::none; ///< around the whole object; Avro's own does not count
};

std::string_view name_of(foreign_format format);

/// Errors: errc::invalid_argument, with the names there are.
result<foreign_format> parse_foreign_format(std::string_view name);

/// `format` and `codec` as given by the user, empty where the object is to tell: the codec by its
/// first bytes, the format by them (Avro) or by the ending of its key. Errors:
/// engine_errc::usage when the format cannot be told.
result<foreign_encoding>
recognise(std::string_view key, bytes_view start, std::string_view format, std::string_view codec);

/// Objects below `prefix` that are data: no directory of size 0, and no part of the name behind the
/// prefix begins with `_` or `.`.
bool is_data_object(std::string_view prefix, std::string_view key, std::uint64_t size);

} // namespace sluice
