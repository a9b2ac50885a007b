// engine: exports whose pieces can be read as records, each alone.
#pragma once

#include <sluice/engine/catalogue.hpp>
#include <sluice/stream/encoding.hpp>

namespace sluice {

/// The encoding of the folder's objects. Errors: errc::unsupported_version; engine_errc::usage for
/// formats that keep values only, where a piece may begin inside an event.
result<object_encoding> encoding_of_records(const export_folder& where);

} // namespace sluice
