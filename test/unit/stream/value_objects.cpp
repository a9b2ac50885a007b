// Tests of stream/src/core/values_encode.cpp, value_places.cpp, value_events.cpp and the decoders
// of `delimited`, `lines` and `raw`.
#include "sample_events.hpp"
#include "sample_records.hpp"
#include "vectors.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event_sum.hpp>
#include <sluice/stream/values.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

using namespace sluice;
using namespace std::literals;

namespace {

result<buffer>
encode(object_format format, bytes_view body, position first, std::uint64_t open = 0) {
    const record_batch batch = describe_body(body, first).value();
    block_outline outline;
    outline.first = batch.first;
    outline.next = batch.next;
    outline.records = batch.records;
    outline.body_bytes = body.size();
    open_block block = begin_block(format, sample_context(), outline, buffer());
    block.open_length = open;
    std::copy(body.begin(), body.end(), block.records.begin());
    return end_block(format, sample_context(), outline, std::move(block));
}

std::string text_of(object_format format, bytes_view body, position first, std::uint64_t open = 0) {
    return std::string(as_text(encode(format, body, first, open).value().view()));
}

/// Of `lines`, without the value that is none.
std::string sample_object(object_format format) {
    auto whole = sample_whole_events();
    const auto no_line = [format](const record& each) {
        return format == object_format::lines && each.sequence == 12;
    };
    std::erase_if(whole, no_line);
    return text_of(format, body_of(whole), position{3, 7, 0}) +
           text_of(format, body_of(sample_fragments()), position{3, 1'000'000'000'001, 0});
}

record event_of(std::int64_t sequence, std::optional<std::string_view> value) {
    record made;
    made.sequence = sequence;
    if (value) made.value = as_bytes(*value);
    return made;
}

/// What a decoder gives, as one body, and what it said of itself at each batch.
struct taken_values {
    byte_vector body;
    std::vector<std::uint64_t> consumed;
    std::vector<position> ends;

    object_decoder::deliver from(value_decoder& decoder) {
        return [this, &decoder](const record_batch& batch) {
            BOOST_REQUIRE(describe_body(batch.body, batch.first)->next == batch.next);
            append(body, batch.body);
            consumed.push_back(decoder.consumed());
            ends.push_back(batch.next);
            return result<void>();
        };
    }
};

/// Events that are whole, put together, with the sum that the last fragment of each tells.
void check_values(bytes_view body, const std::vector<std::optional<std::string>>& expected) {
    std::vector<std::optional<std::string>> found;
    std::string open;
    event_sum sum;
    avro_record_cursor records(body);
    record each;
    while (!records.at_end()) {
        BOOST_TEST_REQUIRE(records.next(each).has_value());
        if (each.value) open += as_text(*each.value);
        if (each.part) BOOST_TEST(sum.take(each).has_value());
        if (each.part && !each.part->last) continue;
        found.emplace_back(std::exchange(open, std::string()));
        if (!each.value) found.back().reset();
    }
    BOOST_TEST((found == expected));
}

result<void>
feed(value_decoder& decoder, std::string_view bytes, std::size_t cut, taken_values& to) {
    const auto deliver = to.from(decoder);
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
        const std::string some(bytes.substr(at, cut));
        auto fed = decoder.feed(as_bytes(some), deliver);
        if (!fed) return fed;
    }
    return decoder.flush(deliver);
}

} // namespace

BOOST_AUTO_TEST_SUITE(value_objects)

BOOST_AUTO_TEST_CASE(objects_of_values_are_the_golden_ones) {
    check_golden("formats/sample.delimited", sample_object(object_format::delimited));
    check_golden("formats/sample.raw", sample_object(object_format::raw));
    check_golden("formats/sample.lines", sample_object(object_format::lines));
}

BOOST_AUTO_TEST_CASE(null_is_not_empty_in_delimited_and_neither_is_anything_in_raw) {
    const byte_vector body =
        body_of({event_of(0, "ab"sv), event_of(1, std::nullopt), event_of(2, ""sv)});
    BOOST_TEST(
        text_of(object_format::delimited, body, position{3, 0, 0}) ==
        "\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0"sv
    );
    BOOST_TEST(text_of(object_format::raw, body, position{3, 0, 0}) == "ab");
    BOOST_TEST(text_of(object_format::lines, body, position{3, 0, 0}) == "ab\n\n\n");
}

BOOST_AUTO_TEST_CASE(a_value_with_a_line_feed_is_no_line_and_is_named_with_the_way_out) {
    record part = event_of(5, "a\n"sv);
    part.part = fragment{0, {}};
    for (const auto& bad :
         {std::vector{event_of(4, "\r"sv), event_of(5, "a\nb"sv)}, std::vector{part}}) {
        const byte_vector body = body_of(bad);
        const auto refused = encode(object_format::lines, body, position{3, bad[0].sequence, 0});
        BOOST_TEST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().code == stream_errc::unfit));
        BOOST_TEST(refused.error().where.find("stream orders, partition 3, sequence 5: ") == 0u);
        BOOST_TEST(refused.error().where.find("--format ndjson") != std::string::npos);
        BOOST_TEST(!fits(object_format::lines, body));
        BOOST_TEST(fits(object_format::delimited, body));
    }
    BOOST_TEST(fits(object_format::lines, body_of({event_of(0, "a\r"sv), event_of(1, {})})));
}

BOOST_AUTO_TEST_CASE(an_event_that_ends_behind_the_block_has_the_length_that_was_given) {
    record part = event_of(5, "abc"sv);
    part.part = fragment{0, {}};
    const byte_vector body = body_of({part});
    block_outline outline;
    outline.first = position{3, 5, 0};
    outline.next = position{3, 5, 3};
    BOOST_TEST(needs_open_length(object_format::delimited, outline));
    BOOST_TEST(!needs_open_length(object_format::raw, outline));
    BOOST_TEST(
        text_of(object_format::delimited, body, position{3, 5, 0}, 0x01020304) == "\1\2\3\4abc"
    );
    outline.first = position{3, 5, 1};
    BOOST_TEST(!needs_open_length(object_format::delimited, outline));
    const auto refused = encode(object_format::delimited, body, position{3, 5, 0}, 0xffffffff);
    BOOST_TEST((refused.error().code == stream_errc::too_large));
}

BOOST_AUTO_TEST_CASE(delimited_comes_back_whatever_the_cuts) {
    const std::string large(2'500'000, 'x');
    const std::string bytes =
        "\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0\x00\x26\x25\xa0"s + large + "\0\0\0\1z"s;
    for (const std::size_t cut : {1, 3, 4, 5, 1000, 1 << 20, 10'000'000}) {
        if (cut < 100 && cut > 1) continue;
        const auto decoder = make_delimited_decoder(position{3, 10, 0}, std::nullopt);
        taken_values got;
        BOOST_REQUIRE(feed(*decoder, bytes, cut, got).has_value());
        BOOST_TEST(decoder->finish(got.from(*decoder)).has_value());
        BOOST_TEST((decoder->reached() == position{3, 15, 0}));
        BOOST_TEST(decoder->begun() == 5u);
        BOOST_TEST(decoder->consumed() == bytes.size());
        const auto all = describe_body(got.body, position{3, 10, 0});
        BOOST_REQUIRE(all.has_value());
        BOOST_TEST(all->events == 5u);
        BOOST_TEST(all->records == 7u); // the large one is three fragments
        check_values(got.body, {"ab", std::nullopt, "", large, "z"});
    }
}

BOOST_AUTO_TEST_CASE(lines_come_back_whatever_the_cuts) {
    for (const std::size_t size : {2'500'000, 1 << 20, 2 << 20, (1 << 20) + 1}) {
        const std::string bytes = "ab\n\nc\r\n" + std::string(size, 'x') + "\nz\n";
        for (const std::size_t cut : {1, 3, 1000, 1 << 20, 10'000'000}) {
            if (cut == 3 || (cut == 1 && size > 2'000'000)) continue;
            const auto decoder = make_lines_decoder(position{3, 10, 0}, std::nullopt);
            taken_values got;
            BOOST_REQUIRE(feed(*decoder, bytes, cut, got).has_value());
            BOOST_TEST(decoder->finish(got.from(*decoder)).has_value());
            BOOST_TEST((decoder->reached() == position{3, 15, 0}));
            BOOST_TEST(decoder->begun() == 5u);
            BOOST_TEST(decoder->consumed() == bytes.size());
            const auto all = describe_body(got.body, position{3, 10, 0});
            BOOST_REQUIRE(all.has_value());
            BOOST_TEST(all->events == 5u);
            // No fragment of it is empty, and one of 1 MiB is none.
            BOOST_TEST(all->records == 4 + (size + max_fragment_bytes - 1) / max_fragment_bytes);
            check_values(got.body, {"ab", "", "c\r", std::string(size, 'x'), "z"});
        }
    }
}

BOOST_AUTO_TEST_CASE(a_line_without_an_end_is_no_event) {
    const auto decoder = make_lines_decoder(position{3, 0, 0}, std::nullopt);
    taken_values got;
    BOOST_REQUIRE(feed(*decoder, "ab\ncd"sv, 100, got).has_value());
    BOOST_TEST((decoder->reached() == position{3, 1, 2}));
    BOOST_TEST(decoder->enter(position{3, 1, 2}).has_value());
    BOOST_TEST((decoder->enter(position{3, 1, 0}).error().code == stream_errc::malformed));
    BOOST_TEST((decoder->finish(got.from(*decoder)).error().code == stream_errc::malformed));
    BOOST_REQUIRE(feed(*decoder, "\n"sv, 1, got).has_value());
    BOOST_TEST((decoder->enter(position{3, 1, 2}).error().code == stream_errc::malformed));
    BOOST_TEST(decoder->enter(position{3, 7, 0}).has_value()); // sequences may be sparse
    BOOST_TEST(decoder->finish(got.from(*decoder)).has_value());
}

BOOST_AUTO_TEST_CASE(what_belongs_to_the_event_that_is_open_is_told) {
    const auto told = [](value_decoder& decoder, std::string_view fed, std::string_view next) {
        taken_values got;
        BOOST_REQUIRE(feed(decoder, fed, 100, got).has_value());
        return decoder.of_open_event(as_bytes(next));
    };
    const auto lines = make_lines_decoder(position{3, 0, 0}, std::nullopt);
    BOOST_TEST(told(*lines, "a\n", "b\nc\n") == 0u);
    BOOST_TEST(told(*lines, "a", "b\nc\n") == 2u);
    BOOST_TEST(told(*lines, "", "bc") == 2u);
    const auto delimited = make_delimited_decoder(position{3, 0, 0}, std::nullopt);
    BOOST_TEST(told(*delimited, "\0\0\0\0"sv, "\0\0"sv) == 0u);
    BOOST_TEST(told(*delimited, "\0"sv, "\0\0\3abcd"sv) == 3u);
    BOOST_TEST(told(*delimited, "\0\0\3a"sv, "bcd"sv) == 2u);
    const auto raw = make_raw_decoder(position{3, 0, 0}, 4);
    BOOST_TEST(told(*raw, "abcd", "abcd") == 0u);
    BOOST_TEST(told(*raw, "a", "bcdef") == 3u);
}

BOOST_AUTO_TEST_CASE(lines_go_on_from_what_was_said_of_any_batch) {
    const std::string bytes = "ab\n" + std::string(3'300'000, 'y') + "\nz\n";
    const auto first = make_lines_decoder(position{3, 0, 0}, std::nullopt);
    taken_values whole;
    std::vector<std::optional<open_value>> open;
    const auto deliver = whole.from(*first);
    const auto take = [&](const record_batch& batch) {
        open.push_back(first->open());
        return deliver(batch);
    };
    BOOST_REQUIRE(first->feed(as_bytes(bytes), take).has_value());
    BOOST_REQUIRE(first->flush(take).has_value());
    BOOST_REQUIRE(whole.ends.size() > 4);
    for (std::size_t n = 0; n < whole.ends.size(); ++n) {
        if (open[n])
            BOOST_TEST(open[n]->length == static_cast<std::uint64_t>(whole.ends[n].offset));
        const auto again = make_lines_decoder(whole.ends[n], open[n]);
        taken_values rest;
        BOOST_REQUIRE(feed(*again, std::string_view(bytes).substr(whole.consumed[n]), 4096, rest));
        BOOST_TEST(std::ranges::equal(bytes_view(whole.body).last(rest.body.size()), rest.body));
        BOOST_TEST((again->reached() == first->reached()));
    }
}

BOOST_AUTO_TEST_CASE(decoding_goes_on_from_what_was_said_of_any_batch) {
    const std::string large(3'300'000, 'y');
    const std::string bytes = "\0\0\0\2ab\x00\x32\x5a\xa0"s + large + "\0\0\0\1z"s;
    const auto first = make_delimited_decoder(position{3, 0, 0}, std::nullopt);
    taken_values whole;
    std::vector<std::optional<open_value>> open;
    const auto deliver = whole.from(*first);
    const auto take = [&](const record_batch& batch) {
        open.push_back(first->open());
        return deliver(batch);
    };
    BOOST_REQUIRE(first->feed(as_bytes(bytes), take).has_value());
    BOOST_REQUIRE(first->flush(take).has_value());
    BOOST_REQUIRE(whole.ends.size() > 4);
    for (std::size_t n = 0; n < whole.ends.size(); ++n) {
        const auto again = make_delimited_decoder(whole.ends[n], open[n]);
        taken_values rest;
        BOOST_REQUIRE(feed(*again, std::string_view(bytes).substr(whole.consumed[n]), 4096, rest));
        BOOST_TEST((bytes_view(whole.body).last(rest.body.size()).size() == rest.body.size()));
        BOOST_TEST(std::ranges::equal(bytes_view(whole.body).last(rest.body.size()), rest.body));
        BOOST_TEST((again->reached() == first->reached()));
    }
}

BOOST_AUTO_TEST_CASE(a_piece_that_begins_elsewhere_than_the_bytes_before_end_is_refused) {
    const auto decoder = make_delimited_decoder(position{3, 0, 0}, std::nullopt);
    taken_values got;
    BOOST_REQUIRE(feed(*decoder, "\0\0\0\5ab"sv, 100, got).has_value());
    BOOST_TEST(decoder->enter(position{3, 0, 2}).has_value());
    BOOST_TEST((decoder->enter(position{3, 1, 0}).error().code == stream_errc::malformed));
    BOOST_TEST((decoder->enter(position{3, 0, 3}).error().code == stream_errc::malformed));
    BOOST_TEST((decoder->finish(got.from(*decoder)).error().code == stream_errc::malformed));
}

BOOST_AUTO_TEST_CASE(raw_is_cut_into_events_of_one_size_and_a_shorter_last_one) {
    const std::string bytes(1000, 'r');
    for (const std::size_t cut : {1, 7, 64, 1000}) {
        const auto decoder = make_raw_decoder(position{3, 4, 0}, 64);
        taken_values got;
        BOOST_REQUIRE(feed(*decoder, bytes, cut, got).has_value());
        BOOST_TEST(decoder->consumed() == 960u);
        BOOST_REQUIRE(decoder->finish(got.from(*decoder)).has_value());
        BOOST_TEST(decoder->consumed() == 1000u);
        const auto all = describe_body(got.body, position{3, 4, 0});
        BOOST_REQUIRE(all.has_value());
        BOOST_TEST(all->events == 16u);
        BOOST_TEST((all->next == position{3, 20, 0}));
    }
}

BOOST_AUTO_TEST_CASE(every_byte_of_raw_and_no_length_of_delimited_is_a_place_to_cut) {
    const byte_vector body = body_of(
        {event_of(5, "ab"sv), event_of(6, std::nullopt), event_of(8, ""sv), event_of(9, "cde"sv)}
    );
    const position first{3, 5, 0};
    const position raw[] = {{3, 5, 0}, {3, 5, 1}, {3, 6, 0}, {3, 9, 1}, {3, 9, 2}, {3, 10, 0}};
    for (std::uint64_t byte = 0; byte < std::size(raw); ++byte)
        BOOST_TEST((place_at_byte(object_format::raw, body, first, byte).value() == raw[byte]));
    // 0: 2 ab, 6: null, 10: empty, 14: 3 cde, 21: the end
    for (std::uint64_t byte = 0; byte <= 21; ++byte) {
        const auto place = place_at_byte(object_format::delimited, body, first, byte).value();
        const auto range = values_between(object_format::delimited, body, first, place).value();
        const std::uint64_t short_of = byte - range.end;
        const bool in_length = byte < 5 || (byte > 6 && byte < 10) || (byte > 10 && byte < 14) ||
                               (byte > 14 && byte < 19);
        BOOST_TEST((short_of > 0) == (in_length && byte > 0), "byte " << byte);
        BOOST_TEST(short_of <= 4u);
    }
}

BOOST_AUTO_TEST_CASE(no_place_to_cut_lies_right_before_a_line_feed) {
    const byte_vector body = body_of(
        {event_of(5, "ab"sv), event_of(6, std::nullopt), event_of(8, "c"sv), event_of(9, "de"sv)}
    );
    const position first{3, 5, 0};
    // ab_ _ c_ de_
    const position places[] = {
        {3, 5, 0},
        {3, 5, 1},
        {3, 5, 1},
        {3, 6, 0},
        {3, 7, 0},
        {3, 7, 0},
        {3, 9, 0},
        {3, 9, 1},
        {3, 9, 1},
        {3, 10, 0}};
    for (std::uint64_t byte = 0; byte < std::size(places); ++byte) {
        const auto place = place_at_byte(object_format::lines, body, first, byte).value();
        BOOST_TEST((place == places[byte]), "byte " << byte << ": " << to_string(place));
        const auto range = values_between(object_format::lines, body, first, place).value();
        BOOST_TEST(byte - range.end <= 1u);
    }
}

BOOST_AUTO_TEST_CASE(parts_of_a_block_tell_where_they_lie_and_which_events_begin_in_them) {
    auto records = sample_fragments();
    const byte_vector body = body_of(records);
    const position first{3, records.front().sequence, 0};
    position inside = first;
    inside.offset = 7;
    const position end{3, first.sequence + 1, 0};
    const auto front = values_between(object_format::delimited, body, first, inside).value();
    BOOST_TEST((front.begin == 0u && front.end == 11u && front.events == 1u));
    BOOST_TEST(front.times->min == 1);
    const auto back = values_between(object_format::delimited, body, inside, end).value();
    BOOST_TEST((back.begin == 11u && back.end == 13u && back.events == 0u));
    BOOST_TEST(!back.times.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
