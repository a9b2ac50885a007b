// stream: the decoders of each format, made by make_decoder.
#pragma once

#include <sluice/stream/format.hpp>

namespace sluice {

std::unique_ptr<object_decoder>
make_avro_decoder(const format_context& context, position first, bool at_block);
std::unique_ptr<object_decoder> make_ndjson_decoder(position first);

} // namespace sluice
