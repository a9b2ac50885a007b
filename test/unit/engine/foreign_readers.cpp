// The events of an object that no commit names: of every format and codec, cut anywhere, read on.
#include "core/foreign_reader.hpp"
#include "sample_events.hpp"

#include <sluice/stream/compression.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
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

/// The values whose events are whole, of sequences from `next` on.
texts values_from(batch_builder& from, std::optional<std::int64_t> next) {
    texts found;
    std::string open;
    record each;
    for (const auto& made : from.take(true)) {
        avro_record_cursor records(made.batch.body);
        while (!records.at_end()) {
            BOOST_REQUIRE(records.next(each).has_value());
            if (next)
                BOOST_REQUIRE(each.sequence == *next + static_cast<std::int64_t>(found.size()));
            if (each.value) open += as_text(*each.value);
            if (each.part && !each.part->last) continue;
            found.push_back(std::exchange(open, std::string()));
        }
    }
    return found;
}
texts values_of(batch_builder& from) {
    return values_from(from, begins.sequence);
}
texts values_of_any(batch_builder& from) {
    return values_from(from, std::nullopt);
}

/// What is read of the object when its first `skip` events are in the stream already.
texts read_back(
    foreign_encoding encoding, std::string_view bytes, std::size_t cut, std::uint64_t skip
) {
    batch_builder to(begins);
    foreign_start start;
    start.skip = skip;
    const auto reader = make_foreign_reader(encoding, raw_event_bytes, start, to);
    const auto read = read_all(*reader, bytes, cut);
    BOOST_TEST_REQUIRE(read.has_value());
    return values_of(to);
}

/// How reading fails, and what was read before.
std::pair<failure, texts> fails(foreign_encoding encoding, std::string_view bytes) {
    batch_builder to(begins);
    const auto reader = make_foreign_reader(encoding, raw_event_bytes, foreign_start(), to);
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

own_place place_of(position first) {
    own_place place;
    place.folder = "p/orders/";
    place.first = first;
    place.extension = "any";
    return place;
}

foreign_start start_of(const own_place& own, std::uint64_t& inside, std::uint64_t begin = 0) {
    foreign_start start;
    start.own = own;
    start.inside = begin;
    start.event_over = [&inside](std::uint64_t of) { inside = of; };
    return start;
}

void read_object(foreign_reader& from, std::string_view bytes, std::size_t cut = 7) {
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
        from.give(as_bytes(bytes.substr(at, cut)));
        for (bool more = true; more;) {
            const auto read = from.read();
            BOOST_TEST_REQUIRE(read.has_value());
            more = *read;
        }
    }
}

/// Where a byte of an object lies whose first event is of sequence 40, as its name would tell.
position place_in(foreign_format format, const texts& values, std::size_t byte) {
    position place = begins;
    for (const std::string& each : values) {
        const std::size_t before = format == foreign_format::delimited ? 4 : 0;
        const std::size_t size = before + each.size() + (format == foreign_format::lines ? 1 : 0);
        if (byte < size) {
            place.offset = static_cast<std::int64_t>(byte - std::min(byte, before));
            return place;
        }
        byte -= size;
        ++place.sequence;
    }
    return place;
}

/// The event of `large_values` that has fragments, each of them in an object of its own.
std::vector<std::string> fragments_apart(foreign_format format, const texts& values) {
    batch_builder to(begins, 1);
    for (const std::string& each : values) {
        record event;
        event.value = as_bytes(each);
        BOOST_REQUIRE(to.add(event).has_value());
    }
    std::vector<std::string> objects;
    for (const auto& made : to.take(true)) {
        block_outline outline;
        outline.first = made.batch.first;
        outline.next = made.batch.next;
        outline.records = made.batch.records;
        outline.body_bytes = made.batch.body.size();
        const auto as =
            format == foreign_format::avro ? object_format::avro : object_format::ndjson;
        auto block = begin_block(as, sample_context(), outline, buffer());
        std::copy(made.batch.body.begin(), made.batch.body.end(), block.records.begin());
        auto ended = end_block(as, sample_context(), outline, std::move(block));
        objects.emplace_back(as_text(object_header(as, sample_context())));
        objects.back() += as_text(ended->view());
    }
    return objects;
}

} // namespace

BOOST_AUTO_TEST_SUITE(foreign_readers)

BOOST_AUTO_TEST_CASE(values_that_go_on_in_the_next_object_are_joined_wherever_they_are_cut) {
    const texts given{"one", "", std::string(50, 'x'), "four", "y"};
    for (const auto format :
         {foreign_format::delimited, foreign_format::lines, foreign_format::raw}) {
        const content made = made_of(format, given);
        const std::string_view all = made.bytes;
        for (std::size_t cut = 0; cut <= all.size(); ++cut) {
            BOOST_TEST_CONTEXT(name_of(format) << " cut at " << cut) {
                const own_place second = place_of(place_in(format, given, cut));
                batch_builder to(begins);
                std::uint64_t inside = 0;
                const foreign_encoding plain{format, object_codec::none};
                const auto reader =
                    make_foreign_reader(plain, 11, start_of(place_of(begins), inside), to);
                read_object(*reader, all.substr(0, cut));
                const auto open = reader->end_object();
                BOOST_TEST_REQUIRE(open.has_value());
                if (format == foreign_format::raw)
                    BOOST_TEST(*open == (cut % 11 > 0));
                else if (second.first.offset > 0)
                    BOOST_TEST(*open);
                texts found = values_of(to);
                const std::size_t before = found.size();
                BOOST_TEST(reader->goes_on_at(second.first));
                if (*open && format != foreign_format::raw) {
                    position other = second.first;
                    ++other.offset;
                    BOOST_TEST(!reader->goes_on_at(other));
                }
                reader->begin_next(object_codec::none, second);
                read_object(*reader, all.substr(cut));
                BOOST_TEST_REQUIRE(reader->finish().has_value());
                // Another reader that begins behind the event that was open has the others.
                batch_builder again(begins);
                if (*open) {
                    BOOST_TEST((inside > 0 || cut == all.size()));
                    std::uint64_t none = 0;
                    const auto behind =
                        make_foreign_reader(plain, 11, start_of(second, none, inside), again);
                    read_object(*behind, all.substr(cut));
                    BOOST_TEST_REQUIRE(behind->finish().has_value());
                    BOOST_TEST(none == 0u);
                }
                const texts rest = values_of_any(to), others = values_of_any(again);
                found.insert(found.end(), rest.begin(), rest.end());
                texts expected = given;
                if (format == foreign_format::raw) {
                    expected.clear();
                    for (std::size_t at = 0; at < all.size(); at += 11)
                        expected.emplace_back(all.substr(at, 11));
                }
                BOOST_TEST((found == expected));
                if (*open)
                    BOOST_TEST(
                        (others == texts(
                                       expected.begin() + static_cast<std::ptrdiff_t>(before) + 1,
                                       expected.end()
                                   ))
                    );
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_others_write_around_json_means_nothing) {
    const std::string mark = "\xef\xbb\xbf";
    const std::string one = R"({"value":"one"})", two = R"({"value":"two"})";
    const std::string written[] = {
        mark + one + "\r\n" + two + "\r\n",
        one + "\n\n" + two + "\n",
        "\r\n\r\n" + one + "\r\n \t\r\n" + two,
        mark + "\n" + one + "\n" + two + "\n\r\n",
        mark + " " + one + " \r\n\t" + two + "\n  ",
    };
    for (const auto codec : around) {
        const foreign_encoding encoding{foreign_format::ndjson, codec};
        for (const std::string& each : written)
            for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, each.size()})
                for (const std::uint64_t skip : {0U, 1U}) {
                    const texts expected = skip > 0 ? texts{"two"} : texts{"one", "two"};
                    const texts seen = read_back(encoding, packed(codec, each), cut, skip);
                    BOOST_TEST((seen == expected), each << " cut by " << cut);
                }
        BOOST_TEST(read_back(encoding, packed(codec, mark), 1, 0).empty());
    }
}

BOOST_AUTO_TEST_CASE(the_mark_counts_at_the_beginning_of_each_object_and_nowhere_else) {
    const std::string mark = "\xef\xbb\xbf";
    const std::string one = R"({"value":"one"})";
    const foreign_encoding plain{foreign_format::ndjson, object_codec::none};
    for (const std::string& bad :
         {one + "\n" + mark + one + "\n", mark + mark + one, "\n" + mark + one}) {
        const auto [why, before] = fails(plain, bad);
        BOOST_TEST((why.code == stream_errc::malformed), bad);
    }
    BOOST_TEST(
        fails(plain, "\n\r\n" + one + "\n{").first.where.find("line 4") != std::string::npos
    );

    batch_builder to(begins);
    std::uint64_t inside = 0;
    const auto reader = make_foreign_reader(plain, 1, start_of(place_of(begins), inside), to);
    read_object(*reader, mark + one + "\r\n");
    BOOST_TEST(!reader->end_object().value());
    reader->begin_next(object_codec::none, place_of(position{0, 41, 0}));
    read_object(*reader, mark + one + "\n");
    BOOST_TEST_REQUIRE(reader->finish().has_value());
    BOOST_TEST((values_of(to) == texts{"one", "one"}));

    // Lines are values of any kind: there all of it counts.
    const foreign_encoding lines{foreign_format::lines, object_codec::none};
    BOOST_TEST((read_back(lines, mark + "a\r\n\n", 1, 0) == texts{mark + "a\r", ""}));
}

BOOST_AUTO_TEST_CASE(fragments_that_go_on_in_the_next_object_are_joined) {
    const texts given{"one", std::string(2 * max_fragment_bytes + 1000, 'x'), "three", "four"};
    for (const auto format : {foreign_format::avro, foreign_format::ndjson}) {
        const auto objects = fragments_apart(format, given);
        BOOST_TEST_REQUIRE(objects.size() == 6u);
        const foreign_encoding plain{format, object_codec::none};
        const position large{0, 41, 0};
        batch_builder to(begins);
        std::uint64_t inside = 0;
        auto reader = make_foreign_reader(plain, 1, start_of(place_of(large), inside), to);
        read_object(*reader, objects[1], 1 << 16);
        BOOST_TEST(reader->end_object().value());
        const position middle{0, 41, max_fragment_bytes}, last{0, 41, 2 * max_fragment_bytes};
        BOOST_TEST(reader->goes_on_at(middle));
        BOOST_TEST(!reader->goes_on_at(last));
        BOOST_TEST(!reader->goes_on_at(position{0, 42, max_fragment_bytes}));
        reader->begin_next(object_codec::none, place_of(middle));
        read_object(*reader, objects[2], 1 << 16);
        BOOST_TEST(reader->end_object().value());
        BOOST_TEST(inside == 0u);
        reader->begin_next(object_codec::none, place_of(last));
        std::string both = objects[3];
        if (format == foreign_format::ndjson) both += objects[4];
        read_object(*reader, both, 1 << 16);
        BOOST_TEST(!reader->end_object().value());
        BOOST_TEST(inside == 1u);
        BOOST_REQUIRE(reader->finish().has_value());
        texts expected{given[1]};
        if (format == foreign_format::ndjson) expected.push_back("three");
        BOOST_TEST((values_of_any(to) == expected));

        batch_builder behind(begins);
        reader = make_foreign_reader(plain, 1, start_of(place_of(last), inside, 1), behind);
        read_object(*reader, both, 1 << 16);
        BOOST_REQUIRE(reader->finish().has_value());
        expected.erase(expected.begin());
        BOOST_TEST((values_of_any(behind) == expected));

        // The one in the middle is missing.
        batch_builder torn(begins);
        reader = make_foreign_reader(plain, 1, start_of(place_of(large), inside), torn);
        read_object(*reader, objects[1], 1 << 16);
        BOOST_TEST(reader->end_object().value());
        BOOST_TEST(!reader->finish().has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_line_of_ours_without_an_end_is_cut_off_and_one_of_others_is_a_line) {
    const foreign_encoding plain{foreign_format::lines, object_codec::none};
    std::uint64_t inside = 0;
    batch_builder ours(begins), theirs(begins);
    const auto own = make_foreign_reader(plain, 1, start_of(place_of(begins), inside), ours);
    read_object(*own, "one\ntwo");
    BOOST_TEST((own->finish().error().code == stream_errc::malformed));
    const auto other = make_foreign_reader(plain, 1, foreign_start(), theirs);
    read_object(*other, "one\ntwo");
    BOOST_TEST(other->finish().has_value());
    BOOST_TEST((values_of(ours) == texts{"one"}));
    BOOST_TEST((values_of(theirs) == texts{"one", "two"}));
}

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
