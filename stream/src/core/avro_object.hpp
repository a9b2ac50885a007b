// stream: what the parts of an Avro object other than its records look like.
#pragma once

#include "avro_wire.hpp"

#include <sluice/base/result.hpp>
#include <sluice/stream/format.hpp>

namespace sluice {

inline constexpr std::size_t avro_sync_bytes = 16;
/// Avro's own word for a codec.
std::string_view avro_codec_name(object_codec codec);
/// Errors: errc::unsupported_version, naming it.
result<object_codec> codec_of(const avro_header& header);
inline constexpr std::string_view sluice_version = "1";
/// The envelope of format version 1, byte for byte as it stands in every object.
extern const std::string_view avro_envelope;

/// No header that anybody writes comes near this.
inline constexpr std::size_t max_avro_header_bytes = 1 << 20;

/// Takes an object's header; false when `from` holds none, and `from.wrong()` says why.
bool take_avro_header(avro_wire::source& from, avro_header& header);

/// The value of one metadata member; empty when it is not there.
std::string_view metadata_of(const avro_header& header, std::string_view name);

/// Whether this program can read the object, and it is of the partition that `context` names (any,
/// when that has no incarnation). Errors: errc::unsupported_version, stream_errc::diverged,
/// stream_errc::malformed.
result<void> check_avro_header(const avro_header& header, const format_context& context);

} // namespace sluice
