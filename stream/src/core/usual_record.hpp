// stream: the record that nearly all are, looked at without taking it apart.
#pragma once

#include "avro_wire.hpp"

#include <sluice/base/bytes.hpp>

#include <cstdint>
#include <limits>
#include <optional>

namespace sluice {

/// A whole event without headers, its key and value of less than 1 MiB. What breaks a rule of the
/// envelope is none (but its sequence may be below zero), nor is a record that is fine but of
/// another shape: who needs to know more takes it apart.
struct usual_record {
    std::int64_t sequence = 0;
    std::optional<std::int64_t> timestamp;
    std::size_t size = 0; ///< in bytes
};

class usual_records {
  public:
    explicit usual_records(bytes_view body) : end_(body.data() + body.size()) {}

    /// The record at `at`; false when it is not a usual one, and `out` is anything then.
    bool look(const std::byte* at, usual_record& out) {
        const std::byte* const begin = at;
        if (!number(at, sequence_size_, out.sequence)) return false;
        const unsigned timed = branch(at);
        if (timed > 1) return false;
        out.timestamp.reset();
        if (timed == 1 && !number(at, time_size_, out.timestamp.emplace())) return false;
        if (!optional_bytes(at, key_size_)) return false;
        if (left(at) < 2 || *at++ != none) return false; // headers
        if (!optional_bytes(at, value_size_)) return false;
        if (left(at) < 1 || *at++ != none) return false; // the fragment
        out.size = static_cast<std::size_t>(at - begin);
        fetch_ahead(at, out.size);
        return true;
    }

  private:
    static constexpr std::byte none{0}, some{2};
    static constexpr std::int64_t most = 1 << 20;

    std::size_t left(const std::byte* at) const { return static_cast<std::size_t>(end_ - at); }

    /// Where a record begins is told by the one before it, so each waits for memory, unless it is
    /// guessed: records are mostly about as large as the one before them.
    static void fetch_ahead(const std::byte* at, std::size_t size) {
        constexpr std::size_t records = 4;
        __builtin_prefetch(
            reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(at) + records * size)
        );
    }

    /// A number is mostly as long as the one before it in the same field. Where to go on is taken
    /// from there, so that a processor that guesses right need not wait for this one to be decoded.
    bool number(const std::byte*& at, unsigned& usual_size, std::int64_t& out) const {
        if (left(at) < sizeof(std::uint64_t)) return false;
        const avro_wire::short_number found = avro_wire::look_at_number(at);
        out = found.value;
        if (found.size != usual_size) {
            if (found.size == 0) return false;
            usual_size = found.size;
            asm("" : "+r"(usual_size)); // not known to be the same number, which is what it is for
        }
        at += usual_size;
        return true;
    }

    /// 0 or 1; something else when it is no branch of a union ["null", …].
    unsigned branch(const std::byte*& at) const {
        if (at == end_) return 2;
        const std::byte which = *at++;
        return which == none ? 0 : which == some ? 1 : 2;
    }

    bool optional_bytes(const std::byte*& at, unsigned& usual_size) const {
        const unsigned present = branch(at);
        if (present != 1) return present == 0;
        std::int64_t size = 0;
        if (!number(at, usual_size, size) || size < 0 || size >= most) return false;
        if (static_cast<std::size_t>(size) > left(at)) return false;
        at += size;
        return true;
    }

    const std::byte* end_;
    unsigned sequence_size_ = 1, time_size_ = 8, key_size_ = 1, value_size_ = 2;
};

} // namespace sluice
