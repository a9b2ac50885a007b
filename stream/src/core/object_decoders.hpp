// stream: the decoders of each format, made by make_decoder.
#pragma once

#include <sluice/stream/format.hpp>

namespace sluice {

std::unique_ptr<object_decoder>
make_avro_decoder(object_codec codec, const format_context& context, position first, bool at_block);
std::unique_ptr<object_decoder> make_ndjson_decoder(position first);

/// Block by block; the header goes with the first one.
std::unique_ptr<piece_content> make_avro_blocks(bytes_view bytes, bool at_block);

} // namespace sluice
