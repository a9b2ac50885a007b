// stream: Avro records read back from untrusted bytes.
#include "avro_record.hpp"
#include "malformed.hpp"

#include <sluice/base/text.hpp>
#include <sluice/stream/format.hpp>

#include <limits>

namespace sluice {

namespace {

constexpr std::int64_t largest_long = std::numeric_limits<std::int64_t>::max();

/// Returns how many bytes of max_key_and_headers_bytes the headers take.
std::size_t take_headers(avro_wire::source& from, record& out, header_list headers) {
    const std::int64_t count = from.take_long();
    // Each header takes two bytes at least. Counts below zero announce a block's size: the envelope
    // does without.
    if (count < 0 || static_cast<std::uint64_t>(count) > from.left() / 2) {
        if (from.wrong() == nullptr) from.refuse("the number of headers is impossible");
        return 0;
    }
    std::size_t total = 0;
    for (std::int64_t i = 0; i < count && from.wrong() == nullptr; ++i) {
        header each;
        each.name = as_text(from.take_bytes());
        each.value = from.take_optional();
        if (!is_utf8(each.name)) from.refuse("a header's name is not UTF-8");
        total += header_overhead_bytes + each.name.size() + (each.value ? each.value->size() : 0);
        if (headers == header_list::kept) out.headers.push_back(each);
    }
    if (count > 0 && from.take_long() != 0) from.refuse("headers lie in more than one block");
    return total;
}

fragment take_fragment(avro_wire::source& from) {
    fragment part;
    part.offset = from.take_long();
    if (!from.take_branch()) return part;
    fragment_end end;
    end.length = from.take_long();
    for (const std::byte each : from.take_raw(8))
        end.crc64nvme = end.crc64nvme << 8 | std::to_integer<std::uint64_t>(each);
    part.last = end;
    return part;
}

/// What breaks the rules of fragments, in words; null when nothing does.
const char* wrong_with_fragment(const record& out, std::size_t key_and_headers) {
    if (!out.value) return "a fragment has no value";
    const auto size = static_cast<std::int64_t>(out.value->size());
    const std::int64_t offset = out.part->offset;
    if (out.value->size() > max_fragment_bytes) return "a fragment is larger than 1 MiB";
    if (offset < 0 || offset > largest_long - size) return "a fragment's offset is impossible";
    if (!out.part->last && size == 0) return "a fragment that is not the last one is empty";
    if (out.part->last && out.part->last->length != offset + size)
        return "the last fragment does not end at the event's length";
    const bool bare = !out.timestamp && !out.key && key_and_headers == 0;
    if (offset != 0 && !bare)
        return "timestamp, key or headers stand in a fragment that is not the first";
    return nullptr;
}

} // namespace

bool take_record(avro_wire::source& from, record& out, header_list headers) {
    out.headers.clear();
    out.timestamp.reset();
    out.part.reset();
    out.sequence = from.take_long();
    if (from.take_branch()) out.timestamp = from.take_long();
    out.key = from.take_optional();
    std::size_t key_and_headers = out.key ? out.key->size() : 0;
    key_and_headers += take_headers(from, out, headers);
    out.value = from.take_optional();
    if (from.take_branch()) out.part = take_fragment(from);

    // The position behind an event must exist too, hence one less than the largest number.
    if (out.sequence < 0 || out.sequence == largest_long) from.refuse("a sequence is impossible");
    if (key_and_headers > max_key_and_headers_bytes)
        from.refuse("key and headers are larger than 1 MiB");
    if (out.part && from.wrong() == nullptr)
        if (const char* wrong = wrong_with_fragment(out, key_and_headers)) from.refuse(wrong);
    return from.wrong() == nullptr;
}

result<void> avro_record_cursor::next(record& out) {
    avro_wire::source from(left_);
    if (!take_record(from, out, header_list::kept))
        return malformed("Avro record at byte " + std::to_string(offset()) + ": " + from.wrong());
    left_ = left_.subspan(from.offset());
    return {};
}

position position_after(std::uint32_t partition, const record& last) {
    if (last.part && !last.part->last) {
        const auto size = static_cast<std::int64_t>(last.value ? last.value->size() : 0);
        return position{partition, last.sequence, last.part->offset + size};
    }
    return position{partition, last.sequence + 1, 0};
}

} // namespace sluice
