// stream: records as Avro, in the envelope of format version 1.
#include "avro_wire.hpp"

#include <sluice/stream/format.hpp>

namespace sluice {

namespace {

void put_headers(avro_wire::sink& out, const std::vector<header>& headers) {
    if (!headers.empty()) {
        out.put_long(static_cast<std::int64_t>(headers.size()));
        for (const header& each : headers) {
            out.put_bytes(as_bytes(each.name));
            out.put_optional(each.value);
        }
    }
    out.put_long(0);
}

std::array<std::byte, 8> big_endian(std::uint64_t crc) {
    std::array<std::byte, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(crc >> (56 - 8 * i));
    return bytes;
}

void put_fragment(avro_wire::sink& out, const fragment& part) {
    out.put_long(part.offset);
    out.put_branch(part.last.has_value());
    if (!part.last) return;
    out.put_long(part.last->length);
    out.put_raw(big_endian(part.last->crc64nvme));
}

} // namespace

void append_avro_record(byte_vector& to, const record& what) {
    avro_wire::sink out(to);
    out.put_long(what.sequence);
    out.put_branch(what.timestamp.has_value());
    if (what.timestamp) out.put_long(*what.timestamp);
    out.put_optional(what.key);
    put_headers(out, what.headers);
    out.put_optional(what.value);
    out.put_branch(what.part.has_value());
    if (what.part) put_fragment(out, *what.part);
}

} // namespace sluice
