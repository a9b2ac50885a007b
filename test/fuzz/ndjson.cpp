// fuzzing: NDJSON objects, and single events as JSON: what is accepted is written as it is read.
#include "objects.hpp"
#include "sample_records.hpp"

using namespace sluice;

namespace {

void one_event(std::string_view line) {
    json_record read;
    if (!fuzz::accepted(read.parse(line))) return;
    std::string written;
    append_json_event(written, read.get());
    json_record again;
    fuzz::must(
        fuzz::accepted(again.parse(std::string_view(written).substr(0, written.size() - 1))),
        "what is written can be read"
    );
    fuzz::must(same_record(read.get(), again.get()), "an event survives being written");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    one_event(bytes.substr(0, bytes.find('\n')));
    for (const auto codec : {object_codec::none, object_codec::gzip, object_codec::zstd})
        fuzz::decode_in_cuts({object_format::ndjson, codec}, bytes);
    return 0;
}
