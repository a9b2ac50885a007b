// Events in fragments beside what their last fragment says.
#include "log_fixture.hpp"

#include <sluice/stream/error.hpp>
#include <sluice/stream/event_sum.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace sluice;
using namespace sluice::test;

namespace {

/// The batches of an event, as records; `built` holds the bytes.
std::vector<record> records_of(const std::vector<batch_builder::built>& built) {
    std::vector<record> all;
    for (const auto& batch : built) {
        avro_record_cursor records(batch.bytes);
        while (!records.at_end())
            records.next(all.emplace_back()).value();
    }
    return all;
}

bool all_taken(event_sum& sum, const std::vector<record>& records) {
    for (const record& each : records)
        if (!sum.take(each)) return false;
    return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_sums)

BOOST_AUTO_TEST_CASE(a_whole_event_is_compared_at_its_last_fragment) {
    const auto built = large_event(position{0, 7, 0}, 3 << 20);
    std::vector<record> records = records_of(built);
    BOOST_TEST_REQUIRE(records.size() == 3u);
    event_sum sum;
    BOOST_TEST(all_taken(sum, records));
    BOOST_TEST(all_taken(sum, records));
    records.back().part->last->crc64nvme ^= 1;
    BOOST_TEST(sum.take(records[0]).has_value());
    BOOST_TEST(sum.take(records[1]).has_value());
    const auto wrong = sum.take(records[2]);
    BOOST_TEST_REQUIRE((wrong.error().code == stream_errc::damaged));
    BOOST_TEST(wrong.error().where.find("event 7: its 3145728 bytes") == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_not_seen_from_its_first_byte_is_not_compared) {
    const auto built = large_event(position{0, 7, 0}, 3 << 20);
    std::vector<record> records = records_of(built);
    records.back().part->last->crc64nvme ^= 1;
    event_sum sum;
    BOOST_TEST(all_taken(sum, {records[1], records[2]}));
    BOOST_TEST(all_taken(sum, {records[0], records[2]})); // a gap
    record other;
    BOOST_TEST(all_taken(sum, {records[0], other, records[1], records[2]}));
    std::vector<record> of_another = {records[1], records[2]};
    of_another[0].sequence = of_another[1].sequence = 8;
    BOOST_TEST(all_taken(sum, {records[0], of_another[0], of_another[1]}));
}

BOOST_AUTO_TEST_CASE(batches_are_looked_into_where_they_hold_fragments) {
    auto built = large_event(position{0, 7, 0}, (2 << 20) + 100);
    event_sum sum;
    for (const auto& each : built)
        BOOST_TEST(sum.take(each.batch).has_value());
    for (std::size_t flipped = 0; flipped < built.size(); ++flipped) {
        byte_vector bytes(built[flipped].bytes.begin(), built[flipped].bytes.end());
        bytes[bytes.size() / 2] ^= std::byte{1}; // of the value
        int refused = 0;
        for (std::size_t n = 0; n < built.size(); ++n) {
            record_batch batch = built[n].batch;
            if (n == flipped) batch.body = bytes;
            if (!sum.take(batch)) ++refused;
        }
        BOOST_TEST(refused == 1, "fragment " << flipped);
    }
}

BOOST_AUTO_TEST_CASE(another_reading_goes_on_behind_any_fragment) {
    const auto built = large_event(position{0, 7, 0}, 4 << 20);
    const std::vector<record> records = records_of(built);
    BOOST_TEST_REQUIRE(records.size() == 4u);
    for (const std::size_t stopped : {1u, 2u, 3u}) {
        for (std::size_t again = 0; again <= stopped; ++again) {
            for (const bool right : {true, false}) {
                event_sum before;
                for (std::size_t n = 0; n < stopped; ++n)
                    BOOST_TEST(before.take(records[n]).has_value());
                BOOST_TEST_REQUIRE(before.open().has_value());
                event_sum after;
                after.go_on(*before.open());
                for (std::size_t n = again; n < 3; ++n) // some of them come once more
                    BOOST_TEST(after.take(records[n]).has_value());
                record last = records.back();
                if (!right) last.part->last->crc64nvme ^= 1;
                BOOST_TEST(after.take(last).has_value() == right);
                BOOST_TEST(!after.open().has_value());
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
