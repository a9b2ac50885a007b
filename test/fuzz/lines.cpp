// fuzzing: values as lines, plain and compressed.
#include "objects.hpp"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const auto codec : {object_codec::none, object_codec::gzip, object_codec::zstd})
        fuzz::decode_in_cuts({object_format::lines, codec}, fuzz::text_of(data, size));
    return 0;
}
