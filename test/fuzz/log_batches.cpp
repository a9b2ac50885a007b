// fuzzing: files of the log: segments, batches, watermarks, also with their checksums made right.
#include "core/batch_body.hpp"
#include "core/log_meta.hpp"
#include "core/log_slots.hpp"
#include "fuzz.hpp"
#include "log_seal.hpp"

#include <algorithm>
#include <optional>

using namespace sluice;

namespace {

constexpr const char* incarnation = "0123456789abcdef0123456789abcdef";
constexpr std::uint32_t partition = 3;

void batch_at(bytes_view bytes) {
    const log::seed with = log::seed_of(incarnation);
    log::refusal because;
    const auto header = log::decode_batch_header(bytes, with, partition, because);
    fuzz::must(header || !because.why.empty(), "a refused batch has a reason");
    if (!header) return;
    const auto again = log::encode(*header, with);
    fuzz::must(
        std::equal(again.begin(), again.end(), bytes.begin()), "a header is written as it was read"
    );
    fuzz::must(header->body_bytes <= log::largest_stored_body, "a body is within its limit");
    fuzz::must(header->record_bytes <= max_batch_bytes, "records are within their limit");
    fuzz::must(header->progress_bytes <= log::largest_progress, "progress is within its limit");
    const auto rest = bytes.subspan(log::batch_header_size);
    if (rest.size() < header->body_bytes) return;
    log::body_codec codec;
    byte_vector into(header->record_bytes);
    (void)codec.restore(*header, rest.first(header->body_bytes), into);
}

/// The header with the checksum that it should have.
void sealed_batch_at(bytes_view bytes) {
    if (bytes.size() < log::batch_header_size) return;
    byte_vector made(bytes.begin(), bytes.end());
    fuzz::seal_batch(made, log::seed_of(incarnation), partition);
    batch_at(made);
}

void segment_at(bytes_view bytes) {
    log::refusal because;
    const auto size = log::segment_header_size(bytes, because);
    if (!size || *size > bytes.size() || *size < 4) return;
    byte_vector made(bytes.begin(), bytes.end());
    fuzz::seal_segment(made);
    const auto header = log::decode_segment_header(made, incarnation, partition, because);
    fuzz::must(header || !because.why.empty(), "a refused segment has a reason");
    if (!header) return;
    const auto again = log::encode(*header);
    fuzz::must(
        again.size() == *size && std::equal(again.begin(), again.end(), made.begin()),
        "a segment's header is written as it was read"
    );
    sealed_batch_at(bytes_view(made).subspan(again.size()));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzz::text_of(data, size));
    const bytes_view bytes = as_bytes(text);
    batch_at(bytes);
    sealed_batch_at(bytes);
    segment_at(bytes);
    log::refusal because;
    (void)log::decode_footer(bytes, log::seed_of(incarnation), 12, partition, because);
    if (const auto slot = log::newest_slot(bytes, log::watermark_payload))
        (void)log::decode_watermark(slot->payload);
    if (const auto read = log::decode_meta(text, "meta.json"); fuzz::accepted(read)) {
        const auto again = log::decode_meta(log::encode(*read), "meta.json");
        fuzz::must(again && again->name == read->name, "meta.json survives being written");
    }
    (void)log::parse_segment_name(text);
    return 0;
}
