// stream: walking the batches of one segment by their headers.
#include "segment_scan.hpp"

#include "../../core/batch_body.hpp"
#include "../../core/body_scan.hpp"
#include "../../core/log_bytes.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>

namespace sluice::log {

result<std::shared_ptr<segment>> open_segment(
    const stream_place& at, std::uint32_t partition, const segment_place& which, open_mode mode
) {
    const path name = at.segment(partition, which);
    auto opened = at.files->open(name, mode);
    if (!opened) return opened.error();
    auto made = std::make_shared<segment>();
    made->bytes = std::move(*opened);
    refusal because;
    const auto bad_header = [&at, &name, &because] {
        error_code code = stream_errc::damaged;
        if (because.newer) code = errc::unsupported_version;
        return stream_failure(
            code, "stream " + at.about.name + ": " + name.string() + ", byte 0: " + because.why
        );
    };
    byte_vector bytes(segment_header_fixed);
    auto read = made->bytes->read(0, bytes);
    if (!read) return read.error();
    const auto size = segment_header_size(bytes_view(bytes).first(*read), because);
    if (!size) return bad_header();
    bytes.resize(*size);
    read = made->bytes->read(0, bytes);
    if (!read) return read.error();
    auto header = decode_segment_header(
        bytes_view(bytes).first(*read), at.about.incarnation, partition, because
    );
    if (!header || header->ordinal != which.ordinal || header->base.sequence != which.base_sequence)
        return bad_header();
    made->header = std::move(*header);
    made->first_batch = *size;
    return made;
}

/// The bytes at the current place, as many as a header or footer needs when the file has them
/// before `limit`.
result<bytes_view> segment_scanner::look(std::uint64_t limit) {
    const std::uint64_t needed =
        std::min<std::uint64_t>(batch_header_size, limit > at_ ? limit - at_ : 0);
    const bool inside = at_ >= window_at_ && at_ + needed <= window_at_ + window_.size();
    if (!inside) {
        constexpr std::uint64_t small_batch = 16 << 10, wide = 64 << 10;
        const std::uint64_t wanted = last_stored_ > small_batch ? batch_header_size : wide;
        window_.reset(std::min(wanted, limit > at_ ? limit - at_ : 0));
        window_at_ = at_;
        auto read = segment_.bytes->read(at_, window_.span());
        if (!read) return read.error();
        window_.shrink(*read);
    }
    return window_.view().subspan(at_ - window_at_);
}

result<scanned> segment_scanner::next(std::uint64_t limit) {
    auto bytes = look(limit);
    if (!bytes) return bytes.error();
    scanned found;
    found.at = at_;
    if (bytes->empty()) return found;
    if (bytes->size() >= footer_size && get<std::uint32_t>(*bytes, 0) == footer_magic) {
        const auto footer = decode_footer(
            *bytes, with_, segment_.header.ordinal, segment_.header.base.partition, found.because
        );
        found.what = footer && footer->bytes == at_ ? scanned::kind::footer : scanned::kind::bad;
        if (footer) found.footer = *footer;
        return found;
    }
    auto header = decode_batch_header(*bytes, with_, segment_.header.base.partition, found.because);
    if (!header) {
        found.what = scanned::kind::bad;
        return found;
    }
    if (at_ + header->stored_bytes() > limit) {
        found.what = scanned::kind::bad;
        found.because.why = "a batch ends beyond the end of the file";
        return found;
    }
    found.what = scanned::kind::batch;
    found.batch = *header;
    last_stored_ = header->stored_bytes();
    at_ += last_stored_;
    return found;
}

result<std::uint64_t>
durable_told_behind(const segment& of, const seed& with, std::uint64_t at, std::uint64_t size) {
    constexpr std::uint64_t step = 8, wide = 1 << 20;
    buffer window;
    std::uint64_t told = 0;
    for (at = padded(at); at + batch_header_size <= size; at += wide - padded(batch_header_size)) {
        window.reset(std::min(wide, size - at));
        auto read = of.bytes->read(at, window.span());
        if (!read) return read.error();
        window.shrink(*read);
        for (std::uint64_t n = 0; n + batch_header_size <= window.size(); n += step) {
            if (get<std::uint32_t>(window.view(), n) != batch_magic) continue;
            refusal because;
            const auto header = decode_batch_header(
                window.view().subspan(n), with, of.header.base.partition, because
            );
            // One that claims more than lies before it was copied from elsewhere.
            if (header && header->durable_address <= of.header.address + at + n)
                told = std::max(told, header->durable_address);
        }
    }
    return told;
}

result<std::optional<std::string>>
check_contents(const segment& of, const scanned& batch, buffer& scratch) {
    const std::uint64_t stored = batch.batch.stored_bytes() - batch_header_size;
    scratch.reset(stored);
    auto read = of.bytes->read(batch.at + batch_header_size, scratch.span());
    if (!read) return read.error();
    const auto says = [](const char* what) { return std::optional<std::string>(what); };
    if (*read != stored) return says("the file ends inside a batch");
    const bytes_view body = scratch.view().first(batch.batch.body_bytes);
    const bytes_view progress = scratch.view().subspan(body.size(), batch.batch.progress_bytes);
    const bytes_view padding = scratch.view().subspan(body.size() + progress.size());
    if (crc64nvme(body) != batch.batch.body_crc64)
        return says("the checksum of a batch's body does not hold");
    if (crc64nvme(progress) != batch.batch.progress_crc64)
        return says("the checksum of a batch's progress does not hold");
    const bool zero =
        std::ranges::all_of(padding, [](std::byte each) { return each == std::byte{0}; });
    if (!zero) return says("a batch's padding is not zero");
    return std::optional<std::string>();
}

result<std::uint64_t> fingerprint_of(const segment& of, const scanned& batch) {
    buffer stored, room;
    auto contents = check_contents(of, batch, stored);
    if (!contents) return contents.error();
    body_codec codec;
    const auto records =
        codec.records_of(batch.batch, stored.view().first(batch.batch.body_bytes), room);
    if (!*contents && records) return last_record_crc64(*records, batch.batch.next);
    return stream_failure(
        stream_errc::damaged,
        of.bytes->name().string() + ", byte " + std::to_string(batch.at) +
            ": a batch does not check"
    );
}

} // namespace sluice::log
