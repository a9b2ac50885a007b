// fuzzing: Avro objects (their header names the codec), their blocks alone, and what is said of
// headers.
#include "objects.hpp"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const auto header = read_avro_header(as_bytes(bytes));
    // The header says which codec it is; behind it, as in a piece, whoever fetches says so.
    fuzz::decode_in_cuts({object_format::avro, object_codec::none}, bytes);
    if (!fuzz::accepted(header)) return 0;
    const auto blocks = bytes.substr(header->size);
    for (const auto codec : {object_codec::none, object_codec::deflate, object_codec::zstd})
        fuzz::decode_in_cuts({object_format::avro, codec}, blocks, true);
    return 0;
}
