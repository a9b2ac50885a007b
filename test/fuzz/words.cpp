// fuzzing: what people type: addresses, sizes, durations, times, positions, names of objects.
#include "fuzz.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/stream/position.hpp>

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzz::text_of(data, size));
    if (const auto read = parse_stream_address(text); fuzz::accepted(read)) {
        const auto again = parse_stream_address(to_string(*read));
        fuzz::must(again && again->name == read->name, "a stream's address can be written");
    }
    if (const auto read = parse_bucket_address(text); fuzz::accepted(read)) {
        const auto again = parse_bucket_address(to_string(*read));
        fuzz::must(again && again->prefix == read->prefix, "a bucket's address can be written");
    }
    if (const auto read = parse_position(text); fuzz::accepted(read))
        fuzz::must(parse_position(to_string(*read)).value() == *read, "a position can be written");
    if (const auto read = parse_object_key(text))
        fuzz::must(object_key(*read) == text, "an object's key is written as it was read");
    if (const auto read = parse_timestamp(text))
        if (const auto written = format_timestamp(*read))
            fuzz::must(parse_timestamp(*written) == read, "a time can be written");
    (void)fuzz::accepted(parse_size(text));
    (void)fuzz::accepted(parse_duration(text));
    if (const auto read = from_base64(text)) fuzz::must(base64(*read) == text, "base64 is strict");
    return 0;
}
