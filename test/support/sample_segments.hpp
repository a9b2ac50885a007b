// Segments of the log as the log's own encoders write them, for tests that change them.
#pragma once

#include "core/batch_body.hpp"
#include "core/log_segment.hpp"
#include "sample_records.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/format.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

/// One partition's segment, in one string.
class segment_maker {
  public:
    static constexpr const char* incarnation = "0123456789abcdef0123456789abcdef";
    static constexpr std::uint32_t partition = 3;
    static constexpr std::uint64_t ordinal = 12;
    static constexpr std::uint64_t address = 1 << 20;

    explicit segment_maker(std::int64_t base_sequence = 64, std::uint64_t random = 1)
        : maker_(random), with_(log::seed_of(incarnation)) {
        log::segment_header header;
        header.incarnation = incarnation;
        header.ordinal = ordinal;
        header.base = next_ = position{partition, base_sequence, 0};
        header.address = address;
        header.fingerprint = 0xae8b14860a799888;
        header.progress = "before";
        text_ = as_text(log::encode(header));
    }

    const std::string& text() const { return text_; }
    std::uint64_t end_address() const { return address + text_.size(); }
    position next() const { return next_; }
    const log::seed& with() const { return with_; }

    /// Whole events, some of them fragmented.
    segment_maker& events(std::size_t records, bool compressed, std::string_view progress) {
        const byte_vector body = body_of(maker_.run_of_records(records, next_.sequence));
        return batch(describe_body(body, next_).value(), compressed, progress);
    }
    /// The beginning of an event that goes on in the next batch.
    segment_maker& open_event() {
        record first;
        first.sequence = next_.sequence;
        first.value = maker_.keep("the beginning");
        first.part = fragment{0, std::nullopt};
        const byte_vector body = body_of({first});
        return batch(describe_body(body, next_).value(), false, {});
    }
    segment_maker& abandon() {
        log::batch_header header = begun({});
        header.last_sequence = next_.sequence;
        header.next = position{partition, next_.sequence + 1, 0};
        header.abandons = true;
        return put(header, {}, {});
    }
    segment_maker& progress_alone(std::string_view progress) {
        log::batch_header header = begun(progress);
        header.next = next_;
        header.last_sequence = next_.sequence - 1;
        return put(header, {}, progress);
    }
    segment_maker& seal() {
        log::segment_footer footer;
        footer.batches = batches_;
        footer.next = next_;
        footer.last_sequence = next_.sequence - 1;
        footer.bytes = text_.size();
        text_ += as_text(log::encode(footer, with_, ordinal));
        return *this;
    }
    /// What batches say from now on to be durable.
    segment_maker& durable(std::uint64_t told) {
        durable_ = told;
        return *this;
    }

  private:
    log::batch_header begun(std::string_view progress) const {
        log::batch_header header;
        header.first = next_;
        header.writer_epoch = 7;
        header.durable_address = durable_;
        header.progress_bytes = static_cast<std::uint32_t>(progress.size());
        header.progress_crc64 = crc64nvme(as_bytes(progress));
        return header;
    }
    segment_maker& batch(const record_batch& what, bool compressed, std::string_view progress) {
        log::batch_header header = begun(progress);
        header.next = what.next;
        header.last_sequence = what.last_sequence;
        header.records = what.records;
        header.events = what.events;
        header.times = what.times;
        header.body_bytes = header.record_bytes = static_cast<std::uint32_t>(what.body.size());
        header.body_crc64 = header.records_crc64 = what.body_crc64.value();
        if (!compressed) return put(header, what.body, progress);
        log::body_codec codec;
        const byte_vector frame = codec.compress(what.body);
        header.codec = log::batch_codec::zstd;
        header.body_bytes = static_cast<std::uint32_t>(frame.size());
        header.body_crc64 = crc64nvme(frame);
        return put(header, frame, progress);
    }
    segment_maker&
    put(const log::batch_header& header, bytes_view body, std::string_view progress) {
        const std::size_t begins = text_.size();
        text_ += as_text(log::encode(header, with_));
        text_ += as_text(body);
        text_ += progress;
        text_.resize(begins + header.stored_bytes(), '\0');
        next_ = header.next;
        ++batches_;
        return *this;
    }

    record_maker maker_;
    log::seed with_;
    std::string text_;
    position next_;
    std::uint64_t batches_ = 0;
    std::uint64_t durable_ = 0;
};

/// Two batches that were acknowledged, for something to lie behind.
inline segment_maker two_durable_batches() {
    segment_maker made;
    made.events(3, false, "first").events(5, true, "second");
    return made;
}

} // namespace sluice::test
