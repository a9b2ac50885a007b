// stream: what stands at the beginning and at the end of a segment.
#include "log_segment.hpp"

#include "log_bytes.hpp"

#include <sluice/base/hash.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::log {

namespace {

constexpr std::uint32_t segment_magic = 0x31534c53; // "SLS1"
constexpr std::uint32_t segment_version = 1;
constexpr std::size_t incarnation_digits = 32;

// Segment header.
constexpr std::size_t header_at_magic = 0, header_at_version = 4, header_at_incarnation = 8,
                      header_at_partition = 40, header_at_size = 44, header_at_ordinal = 48,
                      header_at_base = 56, header_at_offset = 64, header_at_address = 72,
                      header_at_fingerprint = 80, header_at_progress_size = 88,
                      header_at_progress = 96;
// Footer.
constexpr std::size_t footer_at_batches = 8, footer_at_last = 16, footer_at_next = 24,
                      footer_at_next_offset = 32, footer_at_bytes = 40, footer_at_partition = 48,
                      footer_at_crc = 60;

std::size_t whole_size(std::size_t progress) {
    return padded(header_at_progress + progress + 4);
}

std::uint32_t footer_crc(bytes_view footer, const seed& with, std::uint64_t ordinal) {
    std::array<std::byte, 24> place{};
    std::copy(with.begin(), with.end(), place.begin());
    put(place, 16, ordinal);
    return crc32c(footer.first(footer_at_crc), crc32c(place));
}

bool is_version(bytes_view bytes, const char* what, refusal& because) {
    const auto version = get<std::uint32_t>(bytes, header_at_version);
    if (version == segment_version) return true;
    because.newer = true;
    because.why = fmt::format("a {} of unknown version {}; use a newer sluice", what, version);
    return false;
}

template <class Number>
std::optional<Number> digits(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.front() == '-' || error != std::errc() ||
        end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace

byte_vector encode(const segment_header& header) {
    byte_vector bytes(whole_size(header.progress.size()));
    put(bytes, header_at_magic, segment_magic);
    put(bytes, header_at_version, segment_version);
    std::copy_n(
        as_bytes(header.incarnation).begin(),
        incarnation_digits,
        bytes.begin() + header_at_incarnation
    );
    put(bytes, header_at_partition, header.base.partition);
    put(bytes, header_at_size, static_cast<std::uint32_t>(bytes.size()));
    put(bytes, header_at_ordinal, header.ordinal);
    put(bytes, header_at_base, header.base.sequence);
    put(bytes, header_at_offset, header.base.offset);
    put(bytes, header_at_address, header.address);
    put(bytes, header_at_fingerprint, header.fingerprint);
    put(bytes, header_at_progress_size, static_cast<std::uint32_t>(header.progress.size()));
    std::ranges::copy(as_bytes(header.progress), bytes.begin() + header_at_progress);
    const std::size_t at_crc = bytes.size() - 4;
    put(bytes, at_crc, crc32c(bytes_view(bytes).first(at_crc)));
    return bytes;
}

std::optional<std::size_t> segment_header_size(bytes_view fixed_part, refusal& because) {
    because.why = "no segment begins here";
    if (fixed_part.size() < segment_header_fixed) return std::nullopt;
    if (get<std::uint32_t>(fixed_part, header_at_magic) != segment_magic) return std::nullopt;
    if (!is_version(fixed_part, "segment", because)) return std::nullopt;
    because.why = "the segment's header has an impossible length";
    const auto size = get<std::uint32_t>(fixed_part, header_at_size);
    if (size < whole_size(0) || size > whole_size(largest_progress)) return std::nullopt;
    return size;
}

std::optional<segment_header> decode_segment_header(
    bytes_view bytes, std::string_view incarnation, std::uint32_t partition, refusal& because
) {
    const auto size = segment_header_size(bytes, because);
    if (!size) return std::nullopt;
    because.why = "the segment's header does not check";
    const std::size_t at_crc = *size - 4;
    if (bytes.size() < *size || get<std::uint32_t>(bytes, at_crc) != crc32c(bytes.first(at_crc)))
        return std::nullopt;
    segment_header header;
    header.incarnation = as_text(bytes.subspan(header_at_incarnation, incarnation_digits));
    header.ordinal = get<std::uint64_t>(bytes, header_at_ordinal);
    header.base = position{
        get<std::uint32_t>(bytes, header_at_partition),
        get<std::int64_t>(bytes, header_at_base),
        get<std::int64_t>(bytes, header_at_offset)};
    header.address = get<std::uint64_t>(bytes, header_at_address);
    header.fingerprint = get<std::uint64_t>(bytes, header_at_fingerprint);
    const auto progress = get<std::uint32_t>(bytes, header_at_progress_size);
    if (whole_size(progress) != *size || progress > largest_progress) return std::nullopt;
    header.progress = as_text(bytes.subspan(header_at_progress, progress));
    because.why = "the segment belongs to another stream or partition";
    if (header.incarnation != incarnation || header.base.partition != partition)
        return std::nullopt;
    because.why = "the segment's header holds something where no field is";
    if (!std::ranges::equal(encode(header), bytes.first(*size))) return std::nullopt;
    return header;
}

std::array<std::byte, footer_size>
encode(const segment_footer& footer, const seed& with, std::uint64_t ordinal) {
    std::array<std::byte, footer_size> bytes{};
    put(bytes, 0, footer_magic);
    put(bytes, 4, segment_version);
    put(bytes, footer_at_batches, footer.batches);
    put(bytes, footer_at_last, footer.last_sequence);
    put(bytes, footer_at_next, footer.next.sequence);
    put(bytes, footer_at_next_offset, footer.next.offset);
    put(bytes, footer_at_bytes, footer.bytes);
    put(bytes, footer_at_partition, footer.next.partition);
    put(bytes, footer_at_crc, footer_crc(bytes, with, ordinal));
    return bytes;
}

std::optional<segment_footer> decode_footer(
    bytes_view bytes,
    const seed& with,
    std::uint64_t ordinal,
    std::uint32_t partition,
    refusal& because
) {
    because.why = "the segment's footer does not check";
    if (bytes.size() < footer_size || get<std::uint32_t>(bytes, 0) != footer_magic)
        return std::nullopt;
    if (get<std::uint32_t>(bytes, footer_at_crc) != footer_crc(bytes, with, ordinal))
        return std::nullopt;
    if (!is_version(bytes, "segment footer", because)) return std::nullopt;
    segment_footer footer;
    footer.batches = get<std::uint64_t>(bytes, footer_at_batches);
    footer.last_sequence = get<std::int64_t>(bytes, footer_at_last);
    footer.next = position{
        get<std::uint32_t>(bytes, footer_at_partition),
        get<std::int64_t>(bytes, footer_at_next),
        get<std::int64_t>(bytes, footer_at_next_offset)};
    footer.bytes = get<std::uint64_t>(bytes, footer_at_bytes);
    if (footer.next.partition != partition) return std::nullopt;
    because.why = "the segment's footer holds something where no field is";
    if (!std::ranges::equal(encode(footer, with, ordinal), bytes.first(footer_size)))
        return std::nullopt;
    return footer;
}

std::string segment_name(std::uint64_t ordinal, std::int64_t base_sequence) {
    return fmt::format("{:012}-{:020}.log", ordinal, base_sequence);
}

std::optional<segment_place> parse_segment_name(std::string_view name) {
    if (name.size() < 12 + 1 + 20 + 4 || name.substr(name.size() - 4) != ".log")
        return std::nullopt;
    const auto dash = name.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto ordinal = digits<std::uint64_t>(name.substr(0, dash));
    const auto base = digits<std::int64_t>(name.substr(dash + 1, name.size() - dash - 5));
    if (!ordinal || !base || segment_name(*ordinal, *base) != name) return std::nullopt;
    return segment_place{*ordinal, *base};
}

} // namespace sluice::log
