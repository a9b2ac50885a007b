// stream: which decoder reads which format.
#include "object_decoders.hpp"

namespace sluice {

std::unique_ptr<object_decoder>
make_decoder(object_format format, const format_context& context, position first, bool at_block) {
    if (format == object_format::ndjson) return make_ndjson_decoder(first);
    return make_avro_decoder(context, first, at_block);
}

} // namespace sluice
