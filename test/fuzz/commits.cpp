// fuzzing: commits and the other documents of an export, also with their checksum made right.
#include "core/commit_page.hpp"
#include "fuzz.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/engine/commit.hpp>

using namespace sluice;

namespace {

/// `,"crc64nvme":"…"}` and the end of the line.
constexpr std::size_t seal_size = 29;

std::string sealed(std::string_view bytes) {
    std::string made(bytes.substr(0, bytes.size() - std::min(bytes.size(), seal_size)));
    const auto crc = crc64_base64(crc64nvme(as_bytes(made)));
    return made + ",\"crc64nvme\":\"" + crc + "\"}\n";
}

void decode(std::string_view bytes) {
    if (const auto read = decode_commit(bytes); fuzz::accepted(read)) {
        const auto written = encode_commit(*read);
        const auto again = decode_commit(written);
        fuzz::must(again && encode_commit(*again) == written, "a commit survives being written");
        (void)fuzz::accepted(decode_page(bytes, read->partition, read->number));
    }
    if (const auto read = decode_stream_document(bytes); fuzz::accepted(read)) {
        const auto again = decode_stream_document(encode_stream_document(*read));
        fuzz::must(again && again->name == read->name, "a stream document survives being written");
    }
    if (const auto read = decode_import_progress(bytes); fuzz::accepted(read)) {
        const auto again = decode_import_progress(encode_import_progress(*read));
        fuzz::must(again && again->at == read->at, "progress survives being written");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    decode(fuzz::text_of(data, size));
    decode(sealed(fuzz::text_of(data, size)));
    return 0;
}
