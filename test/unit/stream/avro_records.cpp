// Tests of stream/src/core/avro_encode.cpp and avro_decode.cpp.
#include "sample_records.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace sluice;

namespace {

std::string hex_of(const record& each) {
    byte_vector bytes;
    append_avro_record(bytes, each);
    return hex(bytes);
}

/// Hex without the spaces between its parts.
std::string packed(std::string_view spaced) {
    std::string text(spaced);
    std::erase(text, ' ');
    return text;
}

/// The failure's text; empty when the record is taken.
std::string refusal_of(std::string_view record_in_hex) {
    const auto bytes = from_hex(packed(record_in_hex)).value();
    avro_record_cursor cursor(bytes);
    record each;
    const auto read = cursor.next(each);
    if (read) return "";
    BOOST_TEST((read.error().code == stream_errc::malformed));
    return read.error().where;
}

bool refused_because(std::string_view record_in_hex, std::string_view reason) {
    const std::string refusal = refusal_of(record_in_hex);
    BOOST_TEST_MESSAGE(record_in_hex << ": " << refusal);
    return refusal.find(reason) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(avro_records)

BOOST_AUTO_TEST_CASE(the_smallest_record_has_six_bytes) {
    BOOST_TEST(hex_of(record()) == "000000000000");
}

BOOST_AUTO_TEST_CASE(null_and_empty_are_different_bytes) {
    record each;
    each.value = bytes_view();
    BOOST_TEST(hex_of(each) == "00000000020000");
}

BOOST_AUTO_TEST_CASE(a_record_with_everything_is_written_as_the_envelope_says) {
    record each;
    each.sequence = 64;
    each.timestamp = -1;
    each.key = as_bytes("k");
    each.headers = {{"h", as_bytes("v")}, {"h", std::nullopt}};
    each.value = as_bytes("ab");
    each.part = fragment{0, fragment_end{2, crc64nvme(as_bytes("ab"))}};
    // sequence, timestamp, key; two headers and the end of them; value; fragment
    BOOST_TEST(
        hex_of(each) == packed("8001 0201 02026b 04 0268 020276 0268 00 00 02046162 "
                               "0200 0204 eb4fb212c8b65432")
    );
}

BOOST_AUTO_TEST_CASE(the_extremes_of_numbers_survive) {
    record each;
    each.sequence = std::numeric_limits<std::int64_t>::max() - 1;
    for (const std::int64_t time :
         {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
        each.timestamp = time;
        byte_vector bytes;
        append_avro_record(bytes, each);
        avro_record_cursor cursor(bytes);
        record read;
        BOOST_REQUIRE(cursor.next(read).has_value());
        BOOST_TEST(same_record(read, each));
    }
}

BOOST_AUTO_TEST_CASE(random_records_survive_being_avro) {
    const std::uint64_t seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    record_maker make(seed);
    const auto records = make.run_of_records(2000);
    const auto body = body_of(records);
    avro_record_cursor cursor(body);
    record read;
    for (const record& each : records) {
        BOOST_REQUIRE(!cursor.at_end());
        BOOST_REQUIRE_MESSAGE(cursor.next(read).has_value(), "seed " << seed);
        BOOST_REQUIRE_MESSAGE(same_record(read, each), "seed " << seed);
    }
    BOOST_TEST(cursor.at_end());
}

BOOST_AUTO_TEST_CASE(a_record_that_is_cut_off_anywhere_is_refused) {
    record_maker make(7);
    record each = make.whole_event(5);
    each.timestamp = 1;
    each.key = as_bytes("key");
    each.value = as_bytes("value");
    byte_vector bytes;
    append_avro_record(bytes, each);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        avro_record_cursor cursor(bytes_view(bytes).first(size));
        record read;
        BOOST_TEST(cursor.next(read).has_error());
    }
}

BOOST_AUTO_TEST_CASE(each_rule_of_the_encoding_is_kept) {
    BOOST_TEST(refusal_of("000000000000") == "");
    BOOST_TEST(refused_because("ffffffffffffffffff0200000000", "shortest form")); // 65 bits
    BOOST_TEST(refused_because("ffffffffffffffffffff0100000000", "more than 64 bits"));
    BOOST_TEST(refused_because("80000000000000", "shortest form")); // padded zero
    BOOST_TEST(refused_because("8000000000 0210 6161616161616161 00", "shortest form")
    );                                                                     // much behind it
    BOOST_TEST(refused_because("010000000000", "sequence is impossible")); // −1
    BOOST_TEST(refused_because("feffffffffffffffff010000000000", "sequence is impossible")
    ); // 2^63−1
    BOOST_TEST(refused_because("000400000000", "no such branch"));
    BOOST_TEST(refused_because("0000020100000000", "negative"));           // key of −1
    BOOST_TEST(refused_because("00000280808080080000", "beyond the end")); // key of 1 GiB
    BOOST_TEST(refused_because("000000feffffffffffffffff010000", "number of headers")); // 2^63−1
    BOOST_TEST(refused_because("000000060000000000", "number of headers"));       // 3 in 5 bytes
    BOOST_TEST(refused_because("000000010802680000000000", "number of headers")); // −1, size 4
    BOOST_TEST(refused_because("000000020268000202680000 0000", "more than one block"));
    BOOST_TEST(refused_because("00000002 02ff00 00 0000", "not UTF-8"));
}

BOOST_AUTO_TEST_CASE(each_rule_of_fragments_is_kept) {
    const std::string head = "00000000";                     // no timestamp, key, headers
    BOOST_TEST(refusal_of(head + "0202 78 02 00 00") == ""); // 'x' at 0, not the last
    BOOST_TEST(refusal_of(head + "0202 78 02 08 00") == ""); // 'x' at 4
    BOOST_TEST(refusal_of(head + "0202 78 02 08 02 0a 0000000000000000") == "");
    BOOST_TEST(refused_because(head + "00 02 00 00", "no value"));
    BOOST_TEST(refused_because(head + "0200 02 00 00", "is empty"));
    BOOST_TEST(refused_because(head + "0202 78 02 01 00", "offset is impossible"));
    BOOST_TEST(refused_because(head + "0202 78 02 feffffffffffffffff01 00", "offset is impossible")
    );
    BOOST_TEST(refused_because(head + "0202 78 02 08 02 08 0000000000000000", "event's length"));
    BOOST_TEST(refused_because(head + "0202 78 02 08 02 0c 0000000000000000", "event's length"));
    BOOST_TEST(refused_because("00 0200 00 00 0202 78 02 08 00", "not the first"));
    BOOST_TEST(refused_because("00 00 0200 00 0202 78 02 08 00", "not the first"));
    BOOST_TEST(refused_because("00 00 00 02 00 00 00 0202 78 02 08 00", "not the first"));
}

BOOST_AUTO_TEST_CASE(limits_hold_for_fragments_and_for_keys_with_headers) {
    const std::string large(max_fragment_bytes + 1, 'v');
    record each;
    each.value = as_bytes(large);
    each.part = fragment{0, std::nullopt};
    byte_vector body;
    append_avro_record(body, each);
    record read;
    BOOST_TEST(avro_record_cursor(body).next(read).has_error());
    each.value = each.value->first(max_fragment_bytes);
    body.clear();
    append_avro_record(body, each);
    BOOST_TEST(avro_record_cursor(body).next(read).has_value());

    record keyed;
    keyed.key = as_bytes(large);
    body.clear();
    append_avro_record(body, keyed);
    BOOST_TEST(avro_record_cursor(body).next(read).has_error());
    keyed.key = keyed.key->first(max_key_and_headers_bytes);
    body.clear();
    append_avro_record(body, keyed);
    BOOST_TEST(avro_record_cursor(body).next(read).has_value());
}

BOOST_AUTO_TEST_CASE(a_failure_tells_where_the_record_begins) {
    byte_vector body = body_of({record(), record()});
    body.push_back(std::byte{1});
    avro_record_cursor cursor(body);
    record read;
    BOOST_TEST(cursor.next(read).has_value());
    BOOST_TEST(cursor.next(read).has_value());
    BOOST_TEST(cursor.offset() == 12u);
    const auto third = cursor.next(read);
    BOOST_REQUIRE(third.has_error());
    BOOST_TEST(third.error().where.find("byte 12") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(damaged_records_never_make_it_read_elsewhere) {
    const std::uint64_t seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    record_maker make(seed);
    const auto body = body_of(make.run_of_records(30));
    record read;
    for (int round = 0; round < 3000; ++round) {
        byte_vector damaged = body;
        for (auto flips = 1 + make.below(4); flips > 0; --flips)
            damaged[make.below(damaged.size())] ^= static_cast<std::byte>(1u << make.below(8));
        avro_record_cursor cursor(damaged);
        std::size_t before = 0;
        while (!cursor.at_end() && cursor.next(read)) {
            BOOST_REQUIRE_MESSAGE(cursor.offset() > before, "seed " << seed);
            before = cursor.offset();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
