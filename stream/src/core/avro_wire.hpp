// stream: Avro's primitive encodings: zig-zag numbers, byte strings, branches of a union.
#pragma once

#include <sluice/base/bytes.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace sluice::avro_wire {

/// Appends primitives; what is small is collected, so that the vector grows a few times per record.
/// The last of it arrives when the sink is destroyed.
class sink {
  public:
    explicit sink(byte_vector& to) : to_(to) {}
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;
    ~sink() { flush(); }

    void put_long(std::int64_t value) {
        if (small_.size() - used_ < 10) flush();
        const auto sign = static_cast<std::uint64_t>(value >> 63);
        auto bits = (static_cast<std::uint64_t>(value) << 1) ^ sign;
        for (; bits >= 0x80; bits >>= 7)
            small_[used_++] = static_cast<std::byte>(bits | 0x80);
        small_[used_++] = static_cast<std::byte>(bits);
    }
    /// Of a union ["null", …].
    void put_branch(bool present) { put_long(present ? 1 : 0); }
    void put_raw(bytes_view bytes) {
        flush();
        append(to_, bytes);
    }
    void put_bytes(bytes_view bytes) {
        put_long(static_cast<std::int64_t>(bytes.size()));
        put_raw(bytes);
    }
    void put_optional(const std::optional<bytes_view>& bytes) {
        put_branch(bytes.has_value());
        if (bytes) put_bytes(*bytes);
    }

  private:
    void flush() {
        append(to_, bytes_view(small_).first(used_));
        used_ = 0;
    }

    byte_vector& to_;
    std::array<std::byte, 64> small_;
    std::size_t used_ = 0;
};

/// A number that ends within the eight bytes at `at`. Nothing when it does not, or is not in its
/// shortest form.
struct short_number {
    std::int64_t value = 0;
    unsigned size = 0; ///< in bytes; 0 when there is none
};

inline short_number look_at_number(const std::byte* at) {
    if constexpr (std::endian::native != std::endian::little) return {};
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t ends = ~word & 0x8080808080808080;
    if (ends == 0) return {};
    const auto size = static_cast<unsigned>(std::countr_zero(ends)) + 1; // in bits
    word &= ~std::uint64_t{0} >> (64 - size);
    if (size > 8 && word >> (size - 8) == 0) return {};
    word &= 0x7f7f7f7f7f7f7f7f;
    word = (word & 0x007f007f007f007f) | (word & 0x7f007f007f007f00) >> 1;
    word = (word & 0x00003fff00003fff) | (word & 0x3fff00003fff0000) >> 2;
    word = (word & 0x000000000fffffff) | (word & 0x0fffffff00000000) >> 4;
    return {static_cast<std::int64_t>((word >> 1) ^ (~(word & 1) + 1)), size / 8};
}

/// Takes primitives off the front of untrusted bytes. The first mistake sticks: from then on
/// nothing is left, and every answer is zero or empty.
///
/// A value has one encoding only: numbers in their shortest form. So equal records are equal bytes.
class source {
  public:
    explicit source(bytes_view from)
        : begin_(from.data()), at_(from.data()), end_(from.data() + from.size()) {}

    bool at_end() const { return at_ == end_; }
    std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    /// What is wrong, in words; null while nothing is.
    const char* wrong() const { return wrong_; }
    /// Bytes that must at least be there, counted from the beginning, for what was cut off;
    /// 0 when more bytes would not help.
    std::uint64_t needed() const { return needed_; }

    void refuse(const char* why) { stop(why, 0); }
    /// Goes on behind what somebody else has read.
    void skip(std::size_t size) { at_ += size; }

    /// Most numbers are one byte.
    std::int64_t take_long() {
        if (at_ == end_ || std::to_integer<unsigned>(*at_) >= 0x80) return take_any_long();
        const auto bits = std::to_integer<std::int64_t>(*at_++);
        return (bits >> 1) ^ -(bits & 1);
    }
    bool take_branch() {
        const std::int64_t branch = take_long();
        if (branch != 0 && branch != 1) stop("a union has no such branch", 0);
        return branch == 1;
    }
    bytes_view take_raw(std::uint64_t size) {
        if (size > left()) {
            stop("a length reaches beyond the end", offset() + size);
            return {};
        }
        const bytes_view bytes(at_, static_cast<std::size_t>(size));
        at_ += size;
        return bytes;
    }
    bytes_view take_bytes() {
        const std::int64_t size = take_long();
        if (size >= 0) return take_raw(static_cast<std::uint64_t>(size));
        stop("a length is negative", 0);
        return {};
    }
    std::optional<bytes_view> take_optional() {
        if (!take_branch()) return std::nullopt;
        return take_bytes();
    }

  private:
    /// A time takes eight bytes, a sequence a few.
    [[gnu::noinline]] std::int64_t take_any_long() {
        if (left() < sizeof(std::uint64_t)) return take_longest();
        const short_number number = look_at_number(at_);
        if (number.size == 0) return take_longest(); // which says what is wrong
        at_ += number.size;
        return number.value;
    }

    std::int64_t take_longest() {
        std::uint64_t bits = 0;
        for (unsigned shift = 0; shift <= 63; shift += 7) {
            if (at_ == end_) return stop("a number is cut off", offset() + std::uint64_t{1});
            const auto byte = std::to_integer<std::uint64_t>(*at_++);
            bits |= (byte & 0x7f) << shift;
            if (byte >= 0x80) continue;
            const bool too_large = shift == 63 && byte > 1;
            const bool padded = byte == 0 && shift > 0;
            if (too_large || padded) return stop("a number is not in its shortest form", 0);
            return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
        }
        return stop("a number has more than 64 bits", 0);
    }

    std::int64_t stop(const char* why, std::uint64_t needed) {
        if (wrong_ == nullptr) {
            wrong_ = why;
            needed_ = needed;
        }
        at_ = end_;
        return 0;
    }

    const std::byte* begin_;
    const std::byte* at_;
    const std::byte* end_;
    const char* wrong_ = nullptr;
    std::uint64_t needed_ = 0;
};

} // namespace sluice::avro_wire
