// Tests of stream/src/core/batch_builder.cpp.
#include "sample_records.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/batch_builder.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace sluice;

namespace {

/// Takes everything and checks that each batch is what it says, in one unbroken run.
std::vector<batch_builder::built> take_checked(batch_builder& from, position first) {
    auto made = from.take(true);
    for (const auto& each : made) {
        const auto described = describe_body(each.bytes, first);
        BOOST_REQUIRE(described.has_value());
        BOOST_TEST((each.batch.body.data() == each.bytes.data()));
        BOOST_TEST((each.batch.body.size() == each.bytes.size()));
        BOOST_TEST((each.batch.first == described->first));
        BOOST_TEST((each.batch.next == described->next));
        BOOST_TEST(each.batch.last_sequence == described->last_sequence);
        BOOST_TEST(each.batch.records == described->records);
        BOOST_TEST(each.batch.events == described->events);
        BOOST_TEST(each.batch.body_crc64.value() == described->body_crc64.value());
        BOOST_TEST(each.batch.times.has_value() == described->times.has_value());
        if (each.batch.times) {
            BOOST_TEST(each.batch.times->min == described->times->min);
            BOOST_TEST(each.batch.times->max == described->times->max);
        }
        BOOST_TEST(each.bytes.size() <= max_batch_bytes);
        first = each.batch.next;
    }
    BOOST_TEST((from.next() == first));
    BOOST_TEST(from.pending_bytes() == 0u);
    return made;
}

std::vector<record> records_of(const batch_builder::built& batch) {
    std::vector<record> records;
    avro_record_cursor cursor(batch.bytes);
    while (!cursor.at_end()) {
        record each;
        BOOST_REQUIRE(cursor.next(each).has_value());
        records.push_back(each);
    }
    return records;
}

record with_value(bytes_view value) {
    record made;
    made.timestamp = 5;
    made.key = as_bytes("key");
    made.headers = {{"name", as_bytes("content")}};
    made.value = value;
    return made;
}

/// A large event's records, one per batch, and what their values join to.
std::string joined(const std::vector<batch_builder::built>& made) {
    std::string value;
    for (const auto& each : made) {
        const auto records = records_of(each);
        BOOST_REQUIRE(records.size() == 1u);
        const record& one = records.front();
        BOOST_REQUIRE(one.part.has_value());
        BOOST_TEST(one.part->offset == static_cast<std::int64_t>(value.size()));
        BOOST_TEST(one.timestamp.has_value() == value.empty());
        BOOST_TEST(one.key.has_value() == value.empty());
        BOOST_TEST(one.headers.empty() == !value.empty());
        BOOST_TEST(one.part->last.has_value() == (&each == &made.back()));
        value += as_text(*one.value);
    }
    const auto records = records_of(made.back());
    BOOST_TEST(records.front().part->last->length == static_cast<std::int64_t>(value.size()));
    BOOST_TEST(records.front().part->last->crc64nvme == crc64nvme(as_bytes(value)));
    return value;
}

std::string any_text(std::size_t size) {
    std::string text(size, 0);
    std::mt19937 random(7);
    for (char& each : text)
        each = static_cast<char>(random());
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch_builders)

BOOST_AUTO_TEST_CASE(events_get_the_next_sequences) {
    batch_builder builder(position{1, 10, 0});
    record each = with_value(as_bytes("x"));
    each.sequence = 77;
    BOOST_TEST(builder.add(each).has_value());
    BOOST_TEST(builder.add(each).has_value());
    BOOST_TEST(builder.take(false).empty());
    const auto made = take_checked(builder, position{1, 10, 0});
    BOOST_REQUIRE(made.size() == 1u);
    BOOST_TEST(made[0].batch.records == 2u);
    BOOST_TEST(made[0].batch.last_sequence == 11);
}

BOOST_AUTO_TEST_CASE(a_batch_ends_with_the_event_that_fills_it) {
    batch_builder builder(position{}, 900);
    const std::string value(300, 'v');
    for (int i = 0; i < 9; ++i)
        BOOST_TEST(builder.add(with_value(as_bytes(value))).has_value());
    BOOST_TEST(builder.pending_bytes() > 2700u);
    const auto made = take_checked(builder, position{});
    BOOST_REQUIRE(made.size() == 3u);
    for (const auto& each : made)
        BOOST_TEST(each.batch.records == 3u);
}

BOOST_AUTO_TEST_CASE(null_and_empty_values_are_told_apart) {
    batch_builder builder(position{});
    record each;
    BOOST_TEST(builder.add(each).has_value());
    each.value = bytes_view();
    BOOST_TEST(builder.add(each).has_value());
    const auto made = take_checked(builder, position{});
    const auto records = records_of(made.at(0));
    BOOST_TEST(!records[0].value.has_value());
    BOOST_TEST(records[1].value.has_value());
}

BOOST_AUTO_TEST_CASE(a_value_of_one_mebibyte_is_not_cut) {
    const std::string value = any_text(max_fragment_bytes);
    batch_builder builder(position{});
    BOOST_TEST(builder.add(with_value(as_bytes(value))).has_value());
    const auto made = take_checked(builder, position{});
    BOOST_REQUIRE(made.size() == 1u);
    BOOST_TEST(!records_of(made[0])[0].part.has_value());
}

BOOST_AUTO_TEST_CASE(a_large_value_becomes_fragments_in_batches_of_their_own) {
    for (const std::size_t size :
         {max_fragment_bytes + 1, 2 * max_fragment_bytes, 2 * max_fragment_bytes + 17}) {
        const std::string value = any_text(size);
        batch_builder builder(position{});
        BOOST_TEST(builder.add(with_value(as_bytes("before"))).has_value());
        BOOST_TEST(builder.add(with_value(as_bytes(value))).has_value());
        BOOST_TEST(builder.add(with_value(as_bytes("behind"))).has_value());
        auto made = take_checked(builder, position{});
        BOOST_REQUIRE(made.size() == 2 + (size + max_fragment_bytes - 1) / max_fragment_bytes);
        BOOST_TEST((made.back().batch.first == position{0, 2, 0}));
        made.pop_back();
        made.erase(made.begin());
        BOOST_TEST((joined(made) == value));
    }
}

BOOST_AUTO_TEST_CASE(a_value_given_in_pieces_is_the_same_event) {
    const std::vector<std::size_t> sizes{
        0, 5, max_fragment_bytes, max_fragment_bytes + 1, 3 * max_fragment_bytes};
    for (const std::size_t size : sizes) {
        const std::string value = any_text(size);
        batch_builder whole(position{});
        BOOST_TEST(whole.add(with_value(as_bytes(value))).has_value());
        const auto expected = take_checked(whole, position{});
        for (const std::size_t step :
             {std::size_t{100'000}, max_fragment_bytes - 1, max_fragment_bytes, size + 1}) {
            batch_builder pieces(position{});
            std::string key = "key";
            record event = with_value({});
            event.key = as_bytes(key);
            event.value.reset();
            BOOST_TEST(pieces.open(event).has_value());
            key = "???"; // not needed any longer
            for (std::size_t at = 0; at < size; at += step)
                pieces.more(as_bytes(value).subspan(at, std::min(step, size - at)));
            pieces.close();
            const auto made = take_checked(pieces, position{});
            BOOST_REQUIRE(made.size() == expected.size());
            for (std::size_t i = 0; i < made.size(); ++i)
                BOOST_TEST((made[i].bytes == expected[i].bytes));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_open_event_holds_no_more_than_a_fragment) {
    batch_builder builder(position{});
    BOOST_TEST(builder.open(record()).has_value());
    const std::string some(100'000, 'v');
    for (int i = 0; i < 100; ++i) {
        builder.more(as_bytes(some));
        for (const auto& each : builder.take(true))
            BOOST_TEST(each.batch.records == 1u);
        BOOST_TEST(builder.pending_bytes() <= max_fragment_bytes);
    }
    BOOST_TEST((builder.next() == position{0, 0, 9 * static_cast<std::int64_t>(max_fragment_bytes)})
    );
    BOOST_TEST(builder.close().has_value());
    BOOST_TEST(builder.take(true).size() == 1u);
    BOOST_TEST((builder.next() == position{0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(behind_an_event_left_open_the_next_sequence_follows) {
    batch_builder builder(position{0, 4, 1000});
    BOOST_TEST(builder.add(record()).has_value());
    BOOST_TEST((builder.take(true).at(0).batch.first == position{0, 5, 0}));
}

/// What `event` of several fragments becomes, and again behind each of them.
BOOST_AUTO_TEST_CASE(an_event_added_again_goes_on_where_it_was_interrupted) {
    const std::string value(3 * max_fragment_bytes + 17, 'v');
    record event;
    event.key = as_bytes("key");
    event.value = as_bytes(value);
    const record small;
    batch_builder whole(position{0, 4, 0});
    BOOST_TEST(whole.add(event).has_value());
    BOOST_TEST(whole.add(small).has_value());
    const auto all = whole.take(true);
    BOOST_REQUIRE(all.size() == 5u);
    for (std::size_t n = 0; n + 1 < all.size(); ++n) {
        const position end = n == 0 ? position{0, 4, 0} : all[n - 1].batch.next;
        for (const bool in_pieces : {false, true}) {
            batch_builder again(end, 256 << 10, batch_builder::open_event::added_again);
            BOOST_TEST((again.next() == end));
            if (in_pieces) {
                BOOST_TEST(again.open(event).has_value());
                for (std::size_t at = 0; at < value.size(); at += 300'001)
                    again.more(as_bytes(value).subspan(at).first(
                        std::min<std::size_t>(300'001, value.size() - at)
                    ));
                BOOST_TEST(again.close().has_value());
            } else {
                BOOST_TEST(again.add(event).has_value());
            }
            BOOST_TEST(again.add(small).has_value());
            const auto rest = again.take(true);
            BOOST_REQUIRE(rest.size() == all.size() - n);
            for (std::size_t i = 0; i < rest.size(); ++i) {
                BOOST_TEST((rest[i].bytes == all[n + i].bytes));
                BOOST_TEST((rest[i].batch.first == all[n + i].batch.first));
                BOOST_TEST(rest[i].batch.events == all[n + i].batch.events);
            }
        }
    }
}

/// As an older version may have cut it.
BOOST_AUTO_TEST_CASE(an_event_added_again_goes_on_at_any_byte) {
    const std::string value(max_fragment_bytes + 300, 'v');
    record event;
    event.value = as_bytes(value);
    for (const std::int64_t there : {1, 1000, static_cast<int>(max_fragment_bytes) - 1}) {
        batch_builder again(
            position{0, 0, there}, 256 << 10, batch_builder::open_event::added_again
        );
        BOOST_TEST(again.add(event).has_value());
        const auto rest = again.take(true);
        BOOST_TEST((rest.at(0).batch.first == position{0, 0, there}));
        BOOST_TEST((rest.back().batch.next == position{0, 1, 0}));
    }
}

BOOST_AUTO_TEST_CASE(an_event_added_again_that_is_shorter_is_another_one) {
    const std::string value(max_fragment_bytes, 'v');
    const auto there = static_cast<std::int64_t>(value.size());
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, value.size()}) {
        record event;
        event.value = as_bytes(value).first(size);
        const auto how = batch_builder::open_event::added_again;
        batch_builder at_once(position{0, 0, there}, 256 << 10, how);
        BOOST_TEST((at_once.add(event).error().code == stream_errc::malformed));
        batch_builder in_pieces(position{0, 0, there}, 256 << 10, how);
        BOOST_TEST(in_pieces.open(record()).has_value());
        in_pieces.more(*event.value);
        BOOST_TEST((in_pieces.close().error().code == stream_errc::malformed));
        BOOST_TEST(in_pieces.take(true).empty());
    }
}

BOOST_AUTO_TEST_CASE(key_and_headers_above_their_limit_are_refused_and_leave_nothing) {
    const std::string large(max_key_and_headers_bytes, 'k');
    batch_builder builder(position{});
    record each;
    each.key = as_bytes(large);
    BOOST_TEST(builder.add(each).has_value());
    each.headers = {{"", std::nullopt}};
    for (const auto& refused : {builder.add(each), builder.open(each)}) {
        BOOST_REQUIRE(refused.has_error());
        BOOST_TEST((refused.error().code == stream_errc::too_large));
    }
    record misnamed;
    misnamed.headers = {{"\xff", std::nullopt}};
    const auto refused = builder.add(misnamed);
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST((refused.error().code == stream_errc::malformed));
    BOOST_TEST(take_checked(builder, position{}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_largest_events_fit_a_batch_whatever_the_target) {
    const std::string value(max_fragment_bytes, 'v');
    const std::string key(max_key_and_headers_bytes, 'k');
    record each;
    each.value = as_bytes(value);
    batch_builder builder(position{}, std::size_t{1} << 30);
    BOOST_TEST(builder.add(with_value(as_bytes(std::string_view(value).substr(100)))).has_value());
    each.key = as_bytes(key);
    BOOST_TEST(builder.add(each).has_value());
    each.key.reset();
    each.headers.assign(max_key_and_headers_bytes / 2, header{});
    BOOST_TEST(builder.add(each).has_value());
    BOOST_TEST(take_checked(builder, position{}).size() == 2u);
}

BOOST_AUTO_TEST_CASE(random_events_come_out_as_they_went_in) {
    const std::uint64_t seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    record_maker make(seed);
    batch_builder builder(position{}, 4000);
    std::vector<record> events;
    for (int i = 0; i < 500; ++i) {
        events.push_back(make.whole_event(i));
        BOOST_TEST(builder.add(events.back()).has_value());
    }
    std::size_t at = 0;
    for (const auto& batch : take_checked(builder, position{}))
        for (const record& each : records_of(batch))
            BOOST_REQUIRE_MESSAGE(same_record(each, events.at(at++)), "seed " << seed);
    BOOST_TEST(at == events.size());
}

BOOST_AUTO_TEST_CASE(what_lends_its_memory_lends_nothing_else) {
    batch_builder plain(position{}, 4096), recycling(position{}, 4096);
    for (int round = 0; round < 3; ++round) {
        const std::string text(3000, static_cast<char>('a' + round));
        for (int n = 0; n < 6; ++n) {
            plain.add(with_value(as_bytes(text))).value();
            recycling.add(with_value(as_bytes(text))).value();
        }
        const auto expected = plain.take(true);
        auto made = recycling.take(true);
        BOOST_TEST_REQUIRE(made.size() == expected.size());
        for (std::size_t n = 0; n < made.size(); ++n) {
            BOOST_TEST((made[n].bytes == expected[n].bytes));
            BOOST_TEST((made[n].batch.body.data() == made[n].bytes.data()));
            BOOST_TEST((made[n].batch.first == expected[n].batch.first));
        }
        recycling.give_back(std::move(made));
    }
}

BOOST_AUTO_TEST_SUITE_END()
