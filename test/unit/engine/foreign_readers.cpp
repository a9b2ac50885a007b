// The events of an object that no commit names: of every format and codec, cut anywhere, read on.
#include "core/foreign_reader.hpp"
#include "sample_events.hpp"

#include <sluice/stream/compression.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;

namespace {

constexpr std::size_t raw_event_bytes = 1000;
constexpr position begins{0, 40, 0};
constexpr object_codec around[] = {object_codec::none, object_codec::gzip, object_codec::zstd};
constexpr foreign_format every_format[] = {
    foreign_format::avro,
    foreign_format::ndjson,
    foreign_format::lines,
    foreign_format::delimited,
    foreign_format::raw,
};

using texts = std::vector<std::string>;

/// An object, and what its events are.
struct content {
    std::string bytes;
    texts values;
};

std::string avro_object(const texts& values) {
    batch_builder to(begins, 1);
    for (const std::string& each : values) {
        record event;
        event.value = as_bytes(each);
        BOOST_REQUIRE(to.add(event).has_value());
    }
    std::string object(as_text(object_header(object_format::avro, sample_context())));
    for (const auto& made : to.take(true)) {
        block_outline outline;
        outline.first = made.batch.first;
        outline.next = made.batch.next;
        outline.records = made.batch.records;
        outline.body_bytes = made.batch.body.size();
        auto block = begin_block(object_format::avro, sample_context(), outline, buffer());
        std::copy(made.batch.body.begin(), made.batch.body.end(), block.records.begin());
        auto ended = end_block(object_format::avro, sample_context(), outline, std::move(block));
        object += as_text(ended->view());
    }
    return object;
}

std::string length_of(const std::string& value) {
    std::string four;
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        four += static_cast<char>(value.size() >> shift & 0xffU);
    return four;
}

content made_of(foreign_format format, const texts& values) {
    content made;
    made.values = values;
    if (format == foreign_format::avro) made.bytes = avro_object(values);
    for (const std::string& each : values) {
        record event;
        event.value = as_bytes(each);
        if (format == foreign_format::ndjson) append_json_event(made.bytes, event);
        if (format == foreign_format::lines) made.bytes += each + "\n";
        if (format == foreign_format::delimited) made.bytes += length_of(each) + each;
        if (format == foreign_format::raw) made.bytes += each;
    }
    if (format != foreign_format::raw) return made;
    made.values.clear();
    for (std::size_t at = 0; at < made.bytes.size(); at += raw_event_bytes)
        made.values.push_back(made.bytes.substr(at, raw_event_bytes));
    return made;
}

/// Two members, one behind the other.
std::string packed(object_codec codec, const std::string& bytes) {
    if (codec == object_codec::none) return bytes;
    std::string members;
    for (const std::string& half :
         {bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2)}) {
        byte_vector room(compressed_bound(codec, half.size()));
        const auto size = compress(codec, as_bytes(half), room);
        members += as_text(bytes_view(room).first(size));
    }
    return members;
}

result<void> read_all(foreign_reader& from, std::string_view bytes, std::size_t cut) {
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
        from.give(as_bytes(bytes.substr(at, cut)));
        bool more = true;
        while (more) {
            auto read = from.read();
            if (!read) return read.error();
            more = *read;
        }
    }
    return from.finish();
}

/// The values whose events are whole; their sequences are checked on the way.
texts values_of(batch_builder& from) {
    texts found;
    std::string open;
    record each;
    for (const auto& made : from.take(true)) {
        avro_record_cursor records(made.batch.body);
        while (!records.at_end()) {
            BOOST_REQUIRE(records.next(each).has_value());
            const auto next = static_cast<std::int64_t>(found.size());
            BOOST_REQUIRE(each.sequence == begins.sequence + next);
            if (each.value) open += as_text(*each.value);
            if (each.part && !each.part->last) continue;
            found.push_back(std::exchange(open, std::string()));
        }
    }
    return found;
}

/// What is read of the object when its first `skip` events are in the stream already.
texts read_back(
    foreign_encoding encoding, std::string_view bytes, std::size_t cut, std::uint64_t skip
) {
    batch_builder to(begins);
    const auto reader = make_foreign_reader(encoding, raw_event_bytes, skip, to);
    const auto read = read_all(*reader, bytes, cut);
    BOOST_TEST_REQUIRE(read.has_value());
    return values_of(to);
}

/// How reading fails, and what was read before.
std::pair<failure, texts> fails(foreign_encoding encoding, std::string_view bytes) {
    batch_builder to(begins);
    const auto reader = make_foreign_reader(encoding, raw_event_bytes, 0, to);
    const auto read = read_all(*reader, bytes, bytes.size());
    BOOST_TEST_REQUIRE(!read.has_value());
    return {read.error(), values_of(to)};
}

texts small_values() {
    return {"one", "", std::string(2500, 'x'), "four", std::string(999, 'y'), "six"};
}

/// One of them is larger than a fragment.
texts large_values() {
    return {"one", std::string(max_fragment_bytes + 1000, 'x'), "three"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(foreign_readers)

BOOST_AUTO_TEST_CASE(events_do_not_depend_on_where_the_bytes_are_cut) {
    for (const foreign_format format : every_format) {
        const content made = made_of(format, small_values());
        for (const object_codec codec : around) {
            const std::string bytes = packed(codec, made.bytes);
            for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, bytes.size()})
                BOOST_TEST(
                    (read_back({format, codec}, bytes, cut, 0) == made.values),
                    name_of(format) << " " << name_of(codec) << " cut at " << cut
                );
        }
    }
}

BOOST_AUTO_TEST_CASE(reading_goes_on_behind_any_event_in_every_format_and_codec) {
    for (const foreign_format format : every_format) {
        const content made = made_of(format, small_values());
        for (const object_codec codec : around) {
            const std::string bytes = packed(codec, made.bytes);
            for (std::size_t skip = 0; skip <= made.values.size(); ++skip) {
                const texts left(
                    made.values.begin() + static_cast<std::ptrdiff_t>(skip), made.values.end()
                );
                BOOST_TEST(
                    (read_back({format, codec}, bytes, 100, skip) == left),
                    name_of(format) << " " << name_of(codec) << " behind " << skip
                );
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_event_of_fragments_is_passed_over_or_read_whole) {
    for (const foreign_format format : every_format) {
        const content made = made_of(format, large_values());
        for (const std::size_t skip : {0U, 1U, 2U}) {
            const texts left(
                made.values.begin() + static_cast<std::ptrdiff_t>(skip), made.values.end()
            );
            const foreign_encoding plain{format, object_codec::none};
            BOOST_TEST(
                (read_back(plain, made.bytes, 1 << 16, skip) == left),
                name_of(format) << " behind " << skip
            );
        }
    }
}

BOOST_AUTO_TEST_CASE(fragments_that_make_another_event_are_refused) {
    const std::string large(max_fragment_bytes + 1000, 'x');
    batch_builder to(begins);
    record event;
    event.value = as_bytes(large);
    BOOST_REQUIRE(to.add(event).has_value());
    std::string lines;
    for (const auto& made : to.take(true)) {
        avro_record_cursor records(made.batch.body);
        record each;
        BOOST_REQUIRE(records.next(each).has_value());
        if (each.part->last) each.part->last->crc64nvme ^= 1;
        append_json_event(lines, each);
    }
    const auto [why, before] = fails({foreign_format::ndjson, object_codec::none}, lines);
    BOOST_TEST((why.code == stream_errc::malformed));
    BOOST_TEST(why.where.find("line 2: event 40: its ") == 0u, why.where);
    BOOST_TEST(before.empty());
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_counted_and_nothing_behind_it_is_read) {
    const auto [why, before] = fails(
        {foreign_format::ndjson, object_codec::none},
        "{\"value\":\"a\"}\n{\"value\":\n{\"value\":\"c\"}\n"
    );
    BOOST_TEST((why.code == stream_errc::malformed));
    BOOST_TEST(why.where.find("line 2: ") == 0u);
    BOOST_TEST(why.where.find("--format lines") != std::string::npos);
    BOOST_TEST((before == texts{"a"}));
}

BOOST_AUTO_TEST_CASE(an_object_that_ends_too_early_is_damaged_and_its_whole_events_are_kept) {
    for (const object_codec codec : {object_codec::gzip, object_codec::zstd}) {
        std::string bytes = packed(codec, made_of(foreign_format::lines, small_values()).bytes);
        bytes.pop_back();
        const auto [why, before] = fails({foreign_format::lines, codec}, bytes);
        BOOST_TEST((why.code == stream_errc::malformed), name_of(codec));
        BOOST_TEST(before.size() >= 2u, name_of(codec));
    }
    std::string bytes = made_of(foreign_format::delimited, small_values()).bytes;
    bytes.pop_back();
    const auto cut = fails({foreign_format::delimited, object_codec::none}, bytes);
    BOOST_TEST((cut.first.code == stream_errc::malformed));
    const texts all = small_values();
    BOOST_TEST(
        (texts(cut.second.begin(), cut.second.begin() + 5) == texts(all.begin(), all.end() - 1))
    );
}

BOOST_AUTO_TEST_SUITE_END()
