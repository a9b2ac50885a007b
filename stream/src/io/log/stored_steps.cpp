// stream: steps of an append brought into the form in which they are written.
#include "stored_steps.hpp"

#include "../../core/log_bytes.hpp"
#include "direct_write.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace sluice::log {

/// Compressed bodies lie elsewhere than where they came from.
std::optional<frame_shape> partition_appender::frames() const {
    if (compressed_ || !options_.bypass_cache) return std::nullopt;
    frame_shape shape;
    shape.before = batch_header_size;
    shape.unit = padded(1);
    shape.block = write_block;
    return shape;
}

bool partition_appender::lies_in_frame(const append_step& step) const {
    const bytes_view body = step.batch.body;
    const std::size_t used = batch_header_size + body.size() + step.progress.size();
    const bool fits = used <= step.frame.size() && step.frame.size() == padded(step.frame.size()) &&
                      step.frame.size() - used < largest_progress / 2;
    return fits && !compressed_ && !body.empty() && !step.progress.empty() &&
           step.frame.data() + batch_header_size == body.data();
}

result<batch_header> partition_appender::header_of(
    const append_step& step, std::string_view progress, std::uint64_t durable
) const {
    const auto refuse = [this, &step](const std::string& how) {
        return stream_failure(
            stream_errc::malformed,
            "stream " + at_.about.name + ": an append at " + to_string(step.batch.first) + " " + how
        );
    };
    const std::optional<std::uint64_t>& given = step.batch.body_crc64;
    const std::uint64_t crc =
        given && options_.trusts_checksums ? *given : crc64nvme(step.batch.body);
    if (given && *given != crc) return refuse("has a checksum that is not that of its bytes");
    batch_header header;
    header.first = step.batch.first;
    header.next = step.batch.records == 0 ? step.batch.first : step.batch.next;
    header.last_sequence = step.batch.last_sequence;
    header.records = step.batch.records;
    header.events = step.batch.events;
    if (step.batch.records > 0) header.times = step.batch.times;
    header.writer_epoch = epoch_;
    header.durable_address = durable;
    header.body_bytes = header.record_bytes = static_cast<std::uint32_t>(step.batch.body.size());
    header.progress_bytes = static_cast<std::uint32_t>(progress.size());
    header.body_crc64 = header.records_crc64 = crc;
    header.progress_crc64 = crc64nvme(as_bytes(progress));
    if (const auto contradiction = contradiction_in(header))
        return refuse("contradicts itself: " + *contradiction);
    return header;
}

/// A body in the stream's codec; empty where it is stored as it is. Tells the header.
byte_vector partition_appender::store(batch_header& header, bytes_view records) {
    if (!compressed_ || records.empty()) return byte_vector();
    byte_vector frame = codec_.compress(records);
    header.codec = batch_codec::zstd;
    header.body_bytes = static_cast<std::uint32_t>(frame.size());
    header.body_crc64 = crc64nvme(frame);
    return frame;
}

namespace {

/// What stands behind the body in a frame: the progress, and spaces.
std::string_view put_progress(const append_step& step) {
    const bytes_span behind = step.frame.subspan(batch_header_size + step.batch.body.size());
    std::memcpy(behind.data(), step.progress.data(), step.progress.size());
    std::memset(behind.data() + step.progress.size(), ' ', behind.size() - step.progress.size());
    return as_text(behind);
}

} // namespace

/// What this costs (checksums, compression, copying) may be spent on another thread.
result<partition_appender::stored_steps>
partition_appender::store_all(std::span<const append_step> steps, std::uint64_t durable) {
    static constexpr std::array<std::byte, 8> zeros{};
    stored_steps made;
    made.headers.reserve(steps.size());
    made.compressed.reserve(steps.size());
    made.encoded.reserve(steps.size());
    made.pieces.reserve(4 * steps.size());
    for (const append_step& step : steps) {
        const bool framed = lies_in_frame(step);
        const std::string_view progress = framed ? put_progress(step) : step.progress;
        auto described = header_of(step, progress, durable);
        if (!described) return described.error();
        batch_header& header = made.headers.emplace_back(*described);
        if (framed) {
            const auto encoded = encode(header, with_);
            std::ranges::copy(encoded, step.frame.begin());
            made.add_frame(step.frame);
            continue;
        }
        made.compressed.push_back(store(header, step.batch.body));
        made.encoded.push_back(encode(header, with_));
        const bytes_view body =
            made.compressed.back().empty() ? step.batch.body : made.compressed.back();
        const std::uint64_t used = batch_header_size + body.size() + progress.size();
        made.add(made.encoded.back());
        made.add(body);
        made.add(as_bytes(progress));
        made.add(bytes_view(zeros).first(header.stored_bytes() - used));
    }
    return made;
}

/// Frames go out as they lie in memory where the segment ends with a block: it is filled up by
/// saying the progress again.
result<void> partition_appender::fill_block(std::span<const append_step> steps) {
    const std::uint64_t beyond = state_.offset % write_block;
    const bool worth_it =
        steps.front().batch.body.size() >= bulk / 4 && lies_in_frame(steps.front());
    if (beyond == 0 || !worth_it || state_.progress.empty() || state_.end.offset != 0)
        return result<void>();
    std::uint64_t left = write_block - beyond;
    const std::uint64_t needed = batch_header_size + state_.progress.size();
    while (left < needed)
        left += write_block;
    std::string progress = state_.progress;
    progress.append(left - needed, ' ');
    append_step again;
    again.batch.first = again.batch.next = state_.end;
    auto header = header_of(again, progress, durable_);
    if (!header) return header.error();
    auto written = write_batch(*header, bytes_view(), progress);
    return written;
}

} // namespace sluice::log
