// stream: one batch on disk.
#include "log_batch.hpp"

#include "log_bytes.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/event.hpp>

#include <algorithm>

namespace sluice::log {

namespace {

// Where each field lies.
constexpr std::size_t at_magic = 0, at_version = 4, at_codec = 5, at_flags = 6, at_base = 8,
                      at_last = 16, at_offset = 24, at_next_offset = 32, at_records = 40,
                      at_events = 44, at_epoch = 48, at_min_time = 56, at_max_time = 64,
                      at_durable = 72, at_body = 80, at_uncompressed = 84, at_progress = 88,
                      at_zero = 92, at_body_crc = 96, at_progress_crc = 104, at_more_zero = 112,
                      at_crc = 116;
constexpr std::uint8_t batch_version = 1, codec_none = 0;
constexpr std::uint16_t has_time = 1, has_progress = 2, is_control = 4, known_flags = 7;

std::uint32_t header_crc(bytes_view header, const seed& with, std::uint32_t partition) {
    std::array<std::byte, 36> place{};
    std::copy(with.begin(), with.end(), place.begin());
    put<std::uint32_t>(place, 16, partition);
    put<std::int64_t>(place, 20, get<std::int64_t>(header, at_base));
    put<std::int64_t>(place, 28, get<std::int64_t>(header, at_offset));
    return crc32c(header.first(at_crc), crc32c(place));
}

position next_of(const batch_header& header, std::int64_t next_offset) {
    const bool moves = header.records > 0 || header.abandons;
    if (!moves) return header.first;
    position next = header.first;
    next.sequence = next_offset == 0 ? header.last_sequence + 1 : header.last_sequence;
    next.offset = next_offset;
    return next;
}

bool is_possible(const batch_header& header, std::string& why) {
    const auto says = [&why](bool holds, const char* what) {
        if (!holds && why.empty()) why = what;
        return holds;
    };
    const bool empty = header.records == 0;
    return says(header.first.sequence >= 0 && header.first.offset >= 0, "a negative position") &&
           says(header.body_bytes <= max_batch_bytes, "a body above its limit") &&
           says(header.progress_bytes <= largest_progress, "a progress above its limit") &&
           says(
               empty == (header.body_bytes == 0), "records without bytes, or bytes without records"
           ) &&
           says(
               empty || header.last_sequence >= header.first.sequence,
               "a last sequence before the first"
           ) &&
           says(empty || header.first < header.next, "records that lead nowhere") &&
           says(header.events <= header.records, "more events than records");
}

} // namespace

seed seed_of(std::string_view incarnation) {
    const sha256_digest digest = sha256(as_bytes(incarnation));
    seed with;
    std::copy_n(digest.begin(), with.size(), with.begin());
    return with;
}

std::uint64_t batch_header::stored_bytes() const {
    return padded(batch_header_size + std::uint64_t{body_bytes} + progress_bytes);
}

std::array<std::byte, batch_header_size> encode(const batch_header& header, const seed& with) {
    std::array<std::byte, batch_header_size> bytes{};
    std::uint16_t flags = 0;
    if (header.times) flags |= has_time;
    if (header.progress_bytes > 0) flags |= has_progress;
    if (header.abandons) flags |= is_control;
    put(bytes, at_magic, batch_magic);
    put(bytes, at_version, batch_version);
    put(bytes, at_codec, codec_none);
    put(bytes, at_flags, flags);
    put(bytes, at_base, header.first.sequence);
    const bool moves = header.records > 0 || header.abandons;
    put(bytes, at_last, moves ? header.last_sequence : header.first.sequence - 1);
    put(bytes, at_offset, header.first.offset);
    put(bytes, at_next_offset, moves ? header.next.offset : header.first.offset);
    put(bytes, at_records, header.records);
    put(bytes, at_events, header.events);
    put(bytes, at_epoch, header.writer_epoch);
    put(bytes, at_min_time, header.times ? header.times->min : 0);
    put(bytes, at_max_time, header.times ? header.times->max : 0);
    put(bytes, at_durable, header.durable_address);
    put(bytes, at_body, header.body_bytes);
    put(bytes, at_uncompressed, header.body_bytes);
    put(bytes, at_progress, header.progress_bytes);
    put(bytes, at_body_crc, header.body_crc64);
    put(bytes, at_progress_crc, header.progress_crc64);
    put(bytes, at_crc, header_crc(bytes, with, header.first.partition));
    return bytes;
}

std::optional<batch_header>
decode_batch_header(bytes_view bytes, const seed& with, std::uint32_t partition, std::string& why) {
    const auto refuse = [&why](const char* what) {
        why = what;
        return std::nullopt;
    };
    if (bytes.size() < batch_header_size) return refuse("the file ends inside a batch header");
    if (get<std::uint32_t>(bytes, at_magic) != batch_magic) return refuse("no batch begins here");
    if (get<std::uint32_t>(bytes, at_crc) != header_crc(bytes, with, partition))
        return refuse("the checksum of a batch header does not hold");
    const auto flags = get<std::uint16_t>(bytes, at_flags);
    if (get<std::uint8_t>(bytes, at_version) != batch_version)
        return refuse("a batch of an unknown version");
    if (get<std::uint8_t>(bytes, at_codec) != codec_none)
        return refuse("a batch in an unknown codec");
    if ((flags & ~known_flags) != 0) return refuse("a batch with unknown flags");
    const bool zeros =
        get<std::uint32_t>(bytes, at_zero) == 0 && get<std::uint32_t>(bytes, at_more_zero) == 0;
    if (!zeros) return refuse("a batch with unknown fields");

    batch_header header;
    header.first =
        position{partition, get<std::int64_t>(bytes, at_base), get<std::int64_t>(bytes, at_offset)};
    header.last_sequence = get<std::int64_t>(bytes, at_last);
    header.records = get<std::uint32_t>(bytes, at_records);
    header.events = get<std::uint32_t>(bytes, at_events);
    if (flags & has_time)
        header.times = time_range{
            get<std::int64_t>(bytes, at_min_time), get<std::int64_t>(bytes, at_max_time)};
    header.abandons = (flags & is_control) != 0;
    header.writer_epoch = get<std::uint64_t>(bytes, at_epoch);
    header.durable_address = get<std::uint64_t>(bytes, at_durable);
    header.body_bytes = get<std::uint32_t>(bytes, at_body);
    header.progress_bytes = get<std::uint32_t>(bytes, at_progress);
    header.body_crc64 = get<std::uint64_t>(bytes, at_body_crc);
    header.progress_crc64 = get<std::uint64_t>(bytes, at_progress_crc);
    header.next = next_of(header, get<std::int64_t>(bytes, at_next_offset));
    why.clear();
    if (!is_possible(header, why)) return std::nullopt;
    return header;
}

} // namespace sluice::log
