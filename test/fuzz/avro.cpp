// fuzzing: Avro objects (their header names the codec), and what is said of their headers.
#include "objects.hpp"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    (void)fuzz::accepted(read_avro_header(as_bytes(bytes)));
    for (const auto codec : {object_codec::none, object_codec::deflate, object_codec::zstd})
        fuzz::decode_in_cuts({object_format::avro, codec}, bytes);
    return 0;
}
