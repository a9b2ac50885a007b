// Tests of stream/src/core/body_scan.cpp: what a body holds, and what no body may hold.
#include "core/body_scan.hpp"
#include "sample_records.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice;

namespace {

record at_sequence(std::int64_t sequence, std::optional<std::int64_t> timestamp = std::nullopt) {
    record made;
    made.sequence = sequence;
    made.timestamp = timestamp;
    made.value = as_bytes("a value of more than eight bytes");
    return made;
}

record piece(std::int64_t sequence, std::int64_t offset, std::string_view value, bool last) {
    record made;
    made.sequence = sequence;
    made.value = as_bytes(value);
    made.part = fragment{offset, std::nullopt};
    if (last) made.part->last = fragment_end{offset + static_cast<std::int64_t>(value.size()), 1};
    return made;
}

/// What describe_body finds from position{} on, by taking each record apart. Nothing: it is
/// refused.
std::optional<record_batch> summed_up(bytes_view body) {
    record_batch sums;
    record each;
    avro_record_cursor cursor(body);
    while (!cursor.at_end()) {
        if (!cursor.next(each)) return std::nullopt;
        const position at{0, each.sequence, each.part ? each.part->offset : 0};
        const bool in_order = sums.next.offset > 0 ? at == sums.next && each.part.has_value()
                                                   : at.offset == 0 && at >= sums.next;
        if (!in_order) return std::nullopt;
        if (sums.records++ == 0) sums.first = at;
        if (at.offset == 0) ++sums.events;
        sums.last_sequence = each.sequence;
        sums.next = position_after(0, each);
        if (each.timestamp)
            sums.times = merge(sums.times, time_range{*each.timestamp, *each.timestamp});
    }
    return sums;
}

bool same_sums(const record_batch& one, const record_batch& other) {
    const auto times = [](const record_batch& of) {
        return of.times ? std::pair(of.times->min, of.times->max)
                        : std::pair<std::int64_t, std::int64_t>(1, 0);
    };
    return one.records == other.records && one.events == other.events && one.first == other.first &&
           one.next == other.next && one.last_sequence == other.last_sequence &&
           one.times.has_value() == other.times.has_value() && times(one) == times(other);
}

bool refused(const std::vector<record>& records, position first, std::string_view why) {
    const auto described = describe_body(body_of(records), first);
    if (described) return false;
    BOOST_TEST((described.error().code == stream_errc::malformed));
    BOOST_TEST_MESSAGE(described.error().where);
    return described.error().where.find(why) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(describe_bodies)

BOOST_AUTO_TEST_CASE(a_body_is_summed_up) {
    const auto body = body_of(
        {at_sequence(5),
         at_sequence(7, 30),
         at_sequence(9, -4),
         piece(10, 0, "ab", false),
         piece(10, 2, "c", true)}
    );
    const auto batch = describe_body(body, position{2, 4, 0});
    BOOST_REQUIRE(batch.has_value());
    BOOST_TEST((batch->first == position{2, 5, 0}));
    BOOST_TEST((batch->next == position{2, 11, 0}));
    BOOST_TEST(batch->last_sequence == 10);
    BOOST_TEST(batch->records == 5u);
    BOOST_TEST(batch->events == 4u);
    BOOST_REQUIRE(batch->times.has_value());
    BOOST_TEST(batch->times->min == -4);
    BOOST_TEST(batch->times->max == 30);
    BOOST_TEST(batch->body.size() == body.size());
    BOOST_TEST(batch->body_crc64.value() == crc64nvme(body));
}

BOOST_AUTO_TEST_CASE(a_known_crc_is_taken_as_it_is) {
    const auto body = body_of({at_sequence(5)});
    BOOST_TEST(describe_body(body, position{0, 5, 0}, 42)->body_crc64.value() == 42u);
}

BOOST_AUTO_TEST_CASE(an_empty_body_stays_where_it_begins) {
    const auto batch = describe_body({}, position{0, 5, 0});
    BOOST_REQUIRE(batch.has_value());
    BOOST_TEST((batch->next == position{0, 5, 0}));
    BOOST_TEST(batch->last_sequence == 4);
    BOOST_TEST(batch->records == 0u);
    BOOST_TEST(!batch->times.has_value());
}

BOOST_AUTO_TEST_CASE(a_body_may_end_and_begin_inside_an_event) {
    const auto open =
        describe_body(body_of({at_sequence(3), piece(4, 0, "abc", false)}), position{0, 3, 0});
    BOOST_REQUIRE(open.has_value());
    BOOST_TEST((open->next == position{0, 4, 3}));
    BOOST_TEST(open->events == 2u);
    const auto rest = describe_body(body_of({piece(4, 3, "de", true), at_sequence(5)}), open->next);
    BOOST_REQUIRE(rest.has_value());
    BOOST_TEST((rest->first == position{0, 4, 3}));
    BOOST_TEST((rest->next == position{0, 6, 0}));
    BOOST_TEST(rest->events == 1u);
}

BOOST_AUTO_TEST_CASE(order_is_kept) {
    BOOST_TEST(refused({at_sequence(3)}, position{0, 4, 0}, "does not rise"));
    BOOST_TEST(refused({at_sequence(3), at_sequence(3)}, position{0, 3, 0}, "does not rise"));
    BOOST_TEST(refused({at_sequence(3), at_sequence(2)}, position{0, 3, 0}, "does not rise"));
    BOOST_TEST(refused({piece(3, 4, "x", true)}, position{0, 3, 0}, "continues no event"));
    BOOST_TEST(refused({at_sequence(3)}, position{0, 3, 4}, "does not go on"));
    BOOST_TEST(refused({at_sequence(4)}, position{0, 3, 4}, "does not go on"));
    BOOST_TEST(refused({piece(3, 5, "x", true)}, position{0, 3, 4}, "does not go on"));
    BOOST_TEST(refused({piece(4, 4, "x", true)}, position{0, 3, 4}, "does not go on"));
    BOOST_TEST(
        refused({piece(3, 0, "ab", false), at_sequence(4)}, position{0, 3, 0}, "does not go on")
    );
    BOOST_TEST(refused(
        {piece(3, 0, "ab", false), piece(3, 1, "x", true)}, position{0, 3, 0}, "does not go on"
    ));
    BOOST_TEST(refused(
        {piece(3, 0, "ab", false), piece(3, 3, "x", true)}, position{0, 3, 0}, "does not go on"
    ));
    BOOST_TEST(refused(
        {piece(3, 0, "ab", true), piece(3, 2, "x", true)}, position{0, 3, 0}, "continues no event"
    ));
}

BOOST_AUTO_TEST_CASE(every_truncation_within_a_record_is_noticed) {
    const std::vector<record> records{
        at_sequence(1, 5), piece(2, 0, "abc", false), piece(2, 3, "d", true)};
    std::vector<std::size_t> ends;
    byte_vector body;
    for (const record& each : records) {
        ends.push_back(body.size());
        append_avro_record(body, each);
    }
    for (std::size_t size = 0; size < body.size(); ++size) {
        const bool whole = std::find(ends.begin(), ends.end(), size) != ends.end();
        BOOST_TEST(
            describe_body(bytes_view(body).first(size), position{0, 1, 0}).has_value() == whole
        );
    }
}

BOOST_AUTO_TEST_CASE(what_describes_a_body_agrees_with_what_decodes_it) {
    const std::uint64_t seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    record_maker make(seed);
    std::vector<byte_vector> bodies{body_of(make.run_of_records(40))};
    std::vector<record> plain = make.run_of_records(40);
    std::erase_if(plain, [](const record& each) { return each.part || !each.headers.empty(); });
    bodies.push_back(body_of(plain));
    int good = 0;
    for (int round = 0; round < 8000; ++round) {
        byte_vector damaged = bodies[round % 2];
        if (round > 1)
            damaged[make.below(damaged.size())] ^= static_cast<std::byte>(1u << make.below(8));
        const auto batch = describe_body(damaged, position{});
        const std::optional<record_batch> expected = summed_up(damaged);
        BOOST_REQUIRE_MESSAGE(batch.has_value() == expected.has_value(), "seed " << seed);
        if (!batch) continue;
        ++good;
        BOOST_REQUIRE_MESSAGE(same_sums(*batch, *expected), "seed " << seed);
    }
    BOOST_TEST(good > 2);
}

BOOST_AUTO_TEST_CASE(a_body_is_cut_into_batches_that_a_store_takes) {
    const std::string large(900 << 10, 'v');
    std::vector<record> records;
    for (int i = 0; i < 6; ++i) {
        records.push_back(at_sequence(i));
        records.back().value = as_bytes(large);
    }
    records.push_back(piece(6, 0, "a", false));
    records.push_back(piece(6, 1, "b", true));
    records.push_back(at_sequence(7));
    const auto body = body_of(records);
    bytes_view rest = body;
    position next{1, 0, 0};
    std::vector<std::uint32_t> sizes;
    while (!rest.empty()) {
        const auto batch = scan_batch(rest, next, batch_cut::fits);
        BOOST_REQUIRE(batch.has_value());
        BOOST_TEST(batch->body.size() <= max_batch_bytes);
        sizes.push_back(batch->records);
        next = batch->next;
        rest = rest.subspan(batch->body.size());
    }
    BOOST_TEST((sizes == std::vector<std::uint32_t>{4, 2, 1, 1, 1}));
    BOOST_TEST((next == position{1, 8, 0}));
}

BOOST_AUTO_TEST_CASE(a_record_that_fits_no_batch_is_too_large) {
    const std::string large(max_batch_bytes, 'v');
    record each = at_sequence(0);
    each.value = as_bytes(large);
    const auto body = body_of({each});
    const auto batch = scan_batch(body, position{}, batch_cut::fits);
    BOOST_REQUIRE(batch.has_error());
    BOOST_TEST((batch.error().code == stream_errc::too_large));
}

BOOST_AUTO_TEST_CASE(time_ranges_are_joined) {
    BOOST_TEST(!merge(std::nullopt, std::nullopt).has_value());
    const auto one = merge(std::nullopt, time_range{3, 4});
    BOOST_TEST(one->min == 3);
    const auto both = merge(time_range{1, 2}, one);
    BOOST_TEST(both->min == 1);
    BOOST_TEST(both->max == 4);
    BOOST_TEST(merge(time_range{5, 6}, std::nullopt)->max == 6);
}

BOOST_AUTO_TEST_SUITE_END()
