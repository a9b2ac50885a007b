// stream: one batch on disk.
#include "log_batch.hpp"

#include "log_bytes.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/event.hpp>

#include <algorithm>
#include <limits>

namespace sluice::log {

namespace {

// Where each field lies.
constexpr std::size_t at_magic = 0, at_version = 4, at_codec = 5, at_flags = 6, at_base = 8,
                      at_last = 16, at_offset = 24, at_next_offset = 32, at_records = 40,
                      at_events = 44, at_epoch = 48, at_min_time = 56, at_max_time = 64,
                      at_durable = 72, at_body = 80, at_uncompressed = 84, at_body_crc = 88,
                      at_records_crc = 96, at_progress_crc = 104, at_progress = 112, at_crc = 116;
constexpr std::uint8_t batch_version = 1, last_known_codec = 1;
constexpr std::uint16_t has_time = 1, has_progress = 2, is_control = 4, known_flags = 7;

std::uint32_t header_crc(bytes_view header, const seed& with, std::uint32_t partition) {
    std::array<std::byte, 36> place{};
    std::copy(with.begin(), with.end(), place.begin());
    put<std::uint32_t>(place, 16, partition);
    put<std::int64_t>(place, 20, get<std::int64_t>(header, at_base));
    put<std::int64_t>(place, 28, get<std::int64_t>(header, at_offset));
    return crc32c(header.first(at_crc), crc32c(place));
}

/// Where a batch that holds `last` (or gives it up) and ends `next_offset` bytes inside it leads.
position next_of(const position& first, std::int64_t last, std::int64_t next_offset) {
    position next = first;
    next.sequence = next_offset == 0 ? last + 1 : last;
    next.offset = next_offset;
    return next;
}

bool moves(const batch_header& header) {
    return header.records > 0 || header.abandons;
}

std::uint16_t flags_of(const batch_header& header) {
    std::uint16_t flags = 0;
    if (header.times) flags |= has_time;
    if (header.progress_bytes > 0) flags |= has_progress;
    if (header.abandons) flags |= is_control;
    return flags;
}

/// What a later version of the format may have put there.
std::optional<std::string> unknown_in(bytes_view bytes) {
    const auto version = get<std::uint8_t>(bytes, at_version);
    const auto codec = get<std::uint8_t>(bytes, at_codec);
    const auto flags = get<std::uint16_t>(bytes, at_flags);
    if (version != batch_version) return "a batch of unknown version " + std::to_string(version);
    if (codec > last_known_codec) return "a batch in the unknown codec " + std::to_string(codec);
    if ((flags & ~known_flags) != 0)
        return "a batch with the unknown flags " + std::to_string(flags);
    return std::nullopt;
}

/// The fields as they stand; whether they fit each other is asked afterwards.
batch_header fields_of(bytes_view bytes, std::uint32_t partition) {
    batch_header header;
    const auto flags = get<std::uint16_t>(bytes, at_flags);
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
    header.codec = static_cast<batch_codec>(get<std::uint8_t>(bytes, at_codec));
    header.body_bytes = get<std::uint32_t>(bytes, at_body);
    header.record_bytes = get<std::uint32_t>(bytes, at_uncompressed);
    header.progress_bytes = get<std::uint32_t>(bytes, at_progress);
    header.body_crc64 = get<std::uint64_t>(bytes, at_body_crc);
    header.records_crc64 = get<std::uint64_t>(bytes, at_records_crc);
    header.progress_crc64 = get<std::uint64_t>(bytes, at_progress_crc);
    header.next = header.first;
    return header;
}

/// There is one way to say a thing; what says it differently was not written by us.
bool is_canonical(bytes_view bytes, const batch_header& header) {
    const bool says_nothing =
        moves(header) || (header.last_sequence == header.first.sequence - 1 &&
                          get<std::int64_t>(bytes, at_next_offset) == header.first.offset);
    const bool no_times = header.times || (get<std::int64_t>(bytes, at_min_time) == 0 &&
                                           get<std::int64_t>(bytes, at_max_time) == 0);
    return says_nothing && no_times && get<std::uint16_t>(bytes, at_flags) == flags_of(header);
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
    put(bytes, at_magic, batch_magic);
    put(bytes, at_version, batch_version);
    put(bytes, at_codec, static_cast<std::uint8_t>(header.codec));
    put(bytes, at_flags, flags_of(header));
    put(bytes, at_base, header.first.sequence);
    put(bytes, at_last, moves(header) ? header.last_sequence : header.first.sequence - 1);
    put(bytes, at_offset, header.first.offset);
    put(bytes, at_next_offset, header.next.offset);
    put(bytes, at_records, header.records);
    put(bytes, at_events, header.events);
    put(bytes, at_epoch, header.writer_epoch);
    put(bytes, at_min_time, header.times ? header.times->min : 0);
    put(bytes, at_max_time, header.times ? header.times->max : 0);
    put(bytes, at_durable, header.durable_address);
    put(bytes, at_body, header.body_bytes);
    put(bytes, at_uncompressed, header.record_bytes);
    put(bytes, at_progress, header.progress_bytes);
    put(bytes, at_body_crc, header.body_crc64);
    put(bytes, at_records_crc, header.records_crc64);
    put(bytes, at_progress_crc, header.progress_crc64);
    put(bytes, at_crc, header_crc(bytes, with, header.first.partition));
    return bytes;
}

std::optional<std::string> contradiction_in(const batch_header& header) {
    const auto says = [](const char* what) { return std::optional<std::string>(what); };
    constexpr std::int64_t last_possible = std::numeric_limits<std::int64_t>::max() - 1;
    const bool empty = header.records == 0;
    if (header.first.sequence < 0 || header.first.offset < 0 || header.next.offset < 0)
        return says("a negative position");
    if (header.record_bytes > max_batch_bytes || header.body_bytes > largest_stored_body)
        return says("a body above its limit");
    const bool as_they_are = header.codec == batch_codec::none;
    if (as_they_are &&
        (header.body_bytes != header.record_bytes || header.body_crc64 != header.records_crc64))
        return says("a body that is not its records, though it is not compressed");
    if (empty && !as_they_are) return says("a codec without records");
    if (header.progress_bytes > largest_progress) return says("a progress above its limit");
    if (empty != (header.body_bytes == 0) || empty != (header.record_bytes == 0))
        return says("records without bytes, or bytes without records");
    if (header.events > header.records) return says("more events than records");
    if (header.times && (empty || header.times->min > header.times->max))
        return says("a range of times that is none");
    if (header.abandons && (!empty || header.progress_bytes > 0 || header.first.offset == 0))
        return says("a control batch that gives up nothing, or carries something");
    if (!moves(header)) {
        if (header.next != header.first) return says("a batch without records that moves on");
        return std::nullopt;
    }
    if (header.last_sequence < header.first.sequence || header.last_sequence > last_possible)
        return says("a last sequence that is impossible");
    if (header.next != next_of(header.first, header.last_sequence, header.next.offset) ||
        !(header.first < header.next))
        return says("an end that is not behind its last record");
    return std::nullopt;
}

std::optional<batch_header>
decode_batch_header(bytes_view bytes, const seed& with, std::uint32_t partition, refusal& because) {
    const auto refuse = [&because](std::string why, bool newer = false) {
        because.why = std::move(why);
        because.newer = newer;
        return std::nullopt;
    };
    if (bytes.size() < batch_header_size) return refuse("the file ends inside a batch header");
    if (get<std::uint32_t>(bytes, at_magic) != batch_magic) return refuse("no batch begins here");
    if (get<std::uint32_t>(bytes, at_crc) != header_crc(bytes, with, partition))
        return refuse("the checksum of a batch header does not hold");
    if (auto unknown = unknown_in(bytes)) return refuse(*unknown + "; use a newer sluice", true);

    batch_header header = fields_of(bytes, partition);
    const auto next_offset = get<std::int64_t>(bytes, at_next_offset);
    const bool in_range = header.last_sequence >= -1 &&
                          header.last_sequence < std::numeric_limits<std::int64_t>::max();
    if (!in_range) return refuse("a last sequence that is impossible");
    if (moves(header)) header.next = next_of(header.first, header.last_sequence, next_offset);
    if (auto contradiction = contradiction_in(header)) return refuse(*contradiction);
    if (!is_canonical(bytes, header)) return refuse("a batch header that contradicts itself");
    return header;
}

} // namespace sluice::log
