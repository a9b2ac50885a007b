// Objects cut into parts.
#include "../src/io/object_planner.hpp"
#include "model_reader.hpp"
#include "run_task.hpp"

#include <sluice/base/hash.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice;

namespace {

/// A stream of 20 records in blocks of five, to be exported in one object.
struct planned_stream {
    explicit planned_stream(std::size_t records = 20)
        : stream("orders", "0123456789abcdef0123456789abcdef") {
        if (records > 0) stream.add_partition(maker.run_of_records(records, 0));
        if (records == 0) stream.add_partition({});
        format_context context;
        context.stream = "orders";
        context.incarnation = stream.description().incarnation;
        const object_encoding avro{object_format::avro, object_codec::none};
        const position end = test::run_task(on, stream.bounds(0))->end;
        source.emplace(stream, cache, 1, avro, context, end);
    }

    std::vector<planned_part> parts_of(std::uint64_t part_size, bool look_ahead = true) {
        object_rules rules;
        rules.target_bytes = 1 << 20;
        rules.part_size = part_size;
        rules.look_ahead = look_ahead;
        object_planner planner(*source, rules);
        std::vector<planned_part> parts;
        while (true) {
            const auto planned = test::run_task(on, planner.next());
            if (!planned.value()) break;
            parts.push_back(**planned);
        }
        BOOST_TEST(planner.finished());
        end = planner.layout().next();
        bytes = planner.layout().bytes();
        crc = planner.layout().crc64nvme();
        return parts;
    }

    boost::asio::io_context on;
    record_maker maker{7};
    test::model_reader stream;
    block_cache cache{1 << 20};
    std::optional<block_source> source;
    position end;
    std::uint64_t bytes = 0, crc = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(object_planning)

BOOST_AUTO_TEST_CASE(parts_that_the_header_alone_fills_are_parts_and_the_events_follow) {
    planned_stream of;
    const std::uint64_t header = of.source->object_header().size();
    for (const bool look_ahead : {true, false}) {
        for (const std::uint64_t size : {header / 3, header - 1, header, header + 1}) {
            const auto parts = of.parts_of(size, look_ahead);
            BOOST_TEST_CONTEXT("parts of " << size << ", the header has " << header) {
                BOOST_TEST_REQUIRE(!parts.empty());
                BOOST_TEST(to_string(of.end) == to_string(of.source->end()));
                std::uint64_t bytes = 0, crc = 0;
                for (const planned_part& each : parts) {
                    bytes += each.size;
                    crc = crc64nvme_combine(crc, each.crc64nvme, each.size);
                    if (each.number < parts.size()) BOOST_TEST(each.size == size);
                    const bool in_header = bytes <= header;
                    if (in_header) BOOST_TEST(to_string(each.after.block) == to_string(position{}));
                    BOOST_TEST(each.after.object_bytes == bytes);
                }
                BOOST_TEST(bytes == of.bytes);
                BOOST_TEST(crc == of.crc);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_header_without_events_is_no_object) {
    planned_stream of(0);
    const std::uint64_t header = of.source->object_header().size();
    for (const std::uint64_t size : {header / 3, header, header + 1})
        BOOST_TEST(of.parts_of(size).empty());
}

BOOST_AUTO_TEST_SUITE_END()
