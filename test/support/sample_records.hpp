// test support: records that own their bytes, chosen by hand or at random.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/stream/event.hpp>
#include <sluice/stream/format.hpp>

#include <list>
#include <random>
#include <string>
#include <vector>

namespace sluice {

/// Gives out records whose bytes live as long as it does.
class record_maker {
  public:
    explicit record_maker(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    bytes_view keep(std::string text) {
        kept_.push_back(std::move(text));
        return as_bytes(kept_.back());
    }
    std::string_view keep_text(std::string text) { return as_text(keep(std::move(text))); }

    /// Text, text with everything that JSON escapes, or any bytes at all.
    std::string any_bytes(std::size_t limit) {
        const std::size_t size = below(limit + 1);
        const auto kind = below(4);
        std::string text;
        while (text.size() < size) {
            if (kind == 0) text += static_cast<char>('a' + below(26));
            if (kind == 1) text += static_cast<char>(below(128));
            if (kind == 2) text += static_cast<char>(below(256));
            if (kind == 3) text += letters[below(std::size(letters))];
        }
        return text;
    }
    std::string any_name() { return letters[below(8)] + std::string(below(3), 'x'); }

    std::int64_t any_timestamp() {
        switch (below(4)) {
        case 0:
            return static_cast<std::int64_t>(random_());
        case 1:
            return static_cast<std::int64_t>(below(2'000'000'000)) * 1'000'000;
        default:
            return 1'795'428'000'000'000 + static_cast<std::int64_t>(below(3'000'000));
        }
    }

    record whole_event(std::int64_t sequence, std::size_t limit = 300) {
        record made;
        made.sequence = sequence;
        if (below(4) > 0) made.timestamp = any_timestamp();
        if (below(2) > 0) made.key = keep(any_bytes(40));
        for (auto count = below(4); count > 0; --count) {
            header each;
            each.name = keep_text(any_name());
            if (below(3) > 0) each.value = keep(any_bytes(30));
            made.headers.push_back(each);
        }
        if (below(8) > 0) made.value = keep(any_bytes(limit));
        return made;
    }

    /// `count` records in order, some of them fragments; the last event is complete.
    std::vector<record> run_of_records(std::size_t count, std::int64_t sequence = 0) {
        std::vector<record> made;
        while (made.size() < count) {
            made.push_back(whole_event(sequence));
            if (below(4) == 0) append_fragments(made);
            sequence += 1 + static_cast<std::int64_t>(below(5) == 0 ? below(1000) : 0);
        }
        return made;
    }

  private:
    /// Makes the last record the beginning of a fragmented event.
    void append_fragments(std::vector<record>& to) {
        to.back().value = keep("x" + any_bytes(50));
        std::int64_t offset = 0;
        std::uint64_t crc = crc64nvme(*to.back().value);
        to.back().part = fragment{0, std::nullopt};
        for (auto more = 1 + below(3); more > 0; --more) {
            offset += static_cast<std::int64_t>(to.back().value->size());
            record next;
            next.sequence = to.back().sequence;
            next.value = keep("y" + any_bytes(50));
            crc = crc64nvme(*next.value, crc);
            next.part = fragment{offset, std::nullopt};
            to.push_back(next);
        }
        offset += static_cast<std::int64_t>(to.back().value->size());
        to.back().part->last = fragment_end{offset, crc};
    }

    static constexpr const char* letters[] = {
        "a",
        "é",
        "語",
        "😀",
        "\x7f",
        "\"",
        "\\",
        "\xed\x9f\xbf",
        "\x01",
        "\n",
        "\xef\xbf\xbf",
        "/",
        "\xf4\x8f\xbf\xbf"};

    std::mt19937_64 random_;
    std::list<std::string> kept_;
};

inline bool same_bytes(const std::optional<bytes_view>& a, const std::optional<bytes_view>& b) {
    if (a.has_value() != b.has_value()) return false;
    return !a || as_text(*a) == as_text(*b);
}

inline bool same_part(const std::optional<fragment>& a, const std::optional<fragment>& b) {
    if (a.has_value() != b.has_value()) return false;
    if (!a) return true;
    if (a->offset != b->offset || a->last.has_value() != b->last.has_value()) return false;
    return !a->last ||
           (a->last->length == b->last->length && a->last->crc64nvme == b->last->crc64nvme);
}

inline bool same_record(const record& a, const record& b) {
    if (a.sequence != b.sequence || a.timestamp != b.timestamp) return false;
    if (!same_bytes(a.key, b.key) || !same_bytes(a.value, b.value)) return false;
    if (a.headers.size() != b.headers.size() || !same_part(a.part, b.part)) return false;
    for (std::size_t i = 0; i < a.headers.size(); ++i)
        if (a.headers[i].name != b.headers[i].name ||
            !same_bytes(a.headers[i].value, b.headers[i].value))
            return false;
    return true;
}

inline byte_vector body_of(const std::vector<record>& records) {
    byte_vector body;
    for (const record& each : records)
        append_avro_record(body, each);
    return body;
}

} // namespace sluice
