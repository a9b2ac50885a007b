// The embedded log: streams whose bodies are zstd frames.
#include "core/batch_body.hpp"
#include "log_fixture.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

using namespace sluice;
using namespace sluice::test;

namespace {

std::unique_ptr<writer>
zipped_writer(log_fixture& at, std::uint64_t segment_bytes = std::uint64_t{1} << 28) {
    auto open = [&]() -> task<std::unique_ptr<writer>> {
        auto store = at.store();
        log_create_options fresh;
        fresh.codec = "zstd";
        auto made = co_await store.create("s", fresh);
        if (made) BOOST_TEST(made->codec == "zstd");
        log_writer_options options;
        options.segment_bytes = segment_bytes;
        auto opened = co_await store.open_writer("s", options);
        co_return std::move(opened.value());
    };
    return at.run(open());
}

std::unique_ptr<reader> zipped_reader(log_fixture& at) {
    auto open = [&]() -> task<std::unique_ptr<reader>> {
        auto store = at.store();
        auto opened = co_await store.open_reader("s");
        co_return std::move(opened.value());
    };
    return at.run(open());
}

task<void> append_built(writer& to, const std::vector<batch_builder::built>& built) {
    const auto steps = steps_of(built, "p");
    auto done = co_await to.append(0, steps);
    done.value();
}

/// What a reader gives out between two places, and where its blocks end.
struct given_out {
    byte_vector records;
    std::vector<position> ends;
};
task<result<given_out>> give_out(reader& in, position from, position end) {
    given_out all;
    while (from < end) {
        auto outline = co_await in.outline(from, end);
        if (!outline) co_return outline.error();
        if (outline->next == from) break;
        byte_vector body(outline->body_bytes);
        auto read = co_await in.read(*outline, body);
        if (!read) co_return read.error();
        BOOST_TEST(crc64nvme(body) == outline->body_crc64);
        append(all.records, body);
        all.ends.push_back(outline->next);
        from = outline->next;
    }
    co_return all;
}

byte_vector records_in(const std::vector<batch_builder::built>& built) {
    byte_vector all;
    for (const auto& each : built)
        append(all, each.batch.body);
    return all;
}

std::filesystem::path zipped_segment(const log_fixture& at) {
    return at.folder / "s" / "p=0" / "000000000000-00000000000000000000.log";
}

/// A header for a frame that claims to hold `records`.
log::batch_header header_for(bytes_view frame, bytes_view records) {
    log::batch_header header;
    header.codec = log::batch_codec::zstd;
    header.body_bytes = static_cast<std::uint32_t>(frame.size());
    header.record_bytes = static_cast<std::uint32_t>(records.size());
    header.body_crc64 = crc64nvme(frame);
    header.records_crc64 = crc64nvme(records);
    return header;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_zstd)

BOOST_AUTO_TEST_CASE(records_come_back_as_they_were_and_take_less_room) {
    log_fixture at;
    const auto built = small_events(position{}, 3000, 500, 64 << 10);
    const auto more = large_event(position{0, 3000, 0}, 5 << 20);
    {
        const auto to = zipped_writer(at, 1 << 14); // several segments
        auto fill = [&]() -> task<void> {
            for (const auto& each : built) {
                std::vector<append_step> one(1);
                one[0].batch = each.batch;
                (co_await to->append(0, one)).value();
            }
            co_await append_built(*to, more);
            (co_await to->close()).value();
        };
        at.run(fill());
    }
    std::uintmax_t stored = 0;
    for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
        if (each.path().extension() == ".log") stored += each.file_size();
    byte_vector all = records_in(built);
    append(all, records_in(more));
    BOOST_TEST(stored < all.size() / 10);

    const auto in = zipped_reader(at);
    auto look = [&]() -> task<void> {
        auto store = at.store();
        BOOST_TEST((co_await store.verify("s")).value().problems.empty());
        const position end = (co_await in->bounds(0)).value().end;
        BOOST_TEST((end == position{0, 3001, 0}));
        const auto seen = (co_await give_out(*in, position{}, end)).value();
        BOOST_TEST((seen.records == all));
        BOOST_TEST(seen.ends.size() == built.size() + more.size()); // one batch, one block
        // From inside a batch, to inside a batch.
        const auto some =
            (co_await give_out(*in, position{0, 1001, 0}, position{0, 1999, 0})).value();
        BOOST_TEST((some.records == records_in(small_events(position{0, 1001, 0}, 998, 500))));
        BOOST_TEST((some.ends.front() == *std::ranges::upper_bound(seen.ends, position{0, 1001, 0}))
        );
        const auto cut = (co_await in->outline(position{0, 1001, 0}, position{0, 1002, 0})).value();
        BOOST_TEST(!cut.on_grid);
        for (const std::int64_t n : {1, 1500, 3000}) {
            const auto last = small_events(position{0, n - 1, 0}, 1, 500);
            BOOST_TEST(
                (co_await in->fingerprint(position{0, n, 0})).value() ==
                crc64nvme(last.front().batch.body)
            );
        }
    };
    at.run(look());
}

BOOST_AUTO_TEST_CASE(a_writer_goes_on_behind_a_torn_tail_of_frames) {
    log_fixture at;
    const auto first = small_events(position{}, 3, 300);
    {
        const auto to = zipped_writer(at);
        at.run(append_built(*to, first));
    }
    const auto size = std::filesystem::file_size(zipped_segment(at));
    std::filesystem::resize_file(zipped_segment(at), size + 77); // unsynced, of the next one
    const auto to = zipped_writer(at);
    BOOST_TEST((to->tail(0).end == position{0, 3, 0}));
    BOOST_TEST(to->tail(0).torn_bytes_cut == 77u);
    BOOST_TEST(to->tail(0).last_progress == "p");
    at.run(append_built(*to, small_events(position{0, 3, 0}, 3, 300)));
    const auto in = zipped_reader(at);
    auto look = [&]() -> task<void> {
        const auto seen = (co_await give_out(*in, position{}, position{0, 6, 0})).value();
        BOOST_TEST((seen.records == records_in(small_events(position{}, 6, 300))));
        auto closed = co_await to->close();
        closed.value();
    };
    at.run(look());
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_compressed_segment_is_found) {
    log_fixture at;
    {
        const auto to = zipped_writer(at);
        at.run(append_built(*to, small_events(position{}, 4, 60)));
    }
    std::ifstream file(zipped_segment(at), std::ios::binary);
    const std::string whole(std::istreambuf_iterator<char>(file), {});
    auto finds = [&]() -> task<bool> {
        auto store = at.store();
        auto verdict = co_await store.verify("s");
        co_return !verdict || !verdict->problems.empty();
    };
    for (std::size_t n = 0; n < whole.size(); ++n) {
        std::string damaged = whole;
        damaged[n] = static_cast<char>(damaged[n] ^ (1 << (n % 8)));
        std::ofstream(zipped_segment(at), std::ios::binary | std::ios::trunc) << damaged;
        BOOST_TEST_REQUIRE(at.run(finds()), "byte " << n);
    }
    // And a reader stops at a body's damage, naming it.
    std::string damaged = whole;
    damaged[whole.size() - 20] ^= 8;
    std::ofstream(zipped_segment(at), std::ios::binary | std::ios::trunc) << damaged;
    const auto in = zipped_reader(at);
    const auto seen = at.run(give_out(*in, position{}, position{0, 4, 0}));
    BOOST_TEST_REQUIRE(!seen.has_value());
    BOOST_TEST((seen.error().code == stream_errc::damaged));
    BOOST_TEST(seen.error().where.find("events from 0/3 up to 0/4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_frame_that_is_not_what_its_header_says_is_refused) {
    log::body_codec codec;
    const std::string text(100'000, 'x');
    const bytes_view records = as_bytes(text);
    const byte_vector frame = codec.compress(records);
    const auto good = header_for(frame, records);
    buffer room;
    BOOST_TEST_REQUIRE(codec.records_of(good, frame, room).has_value());
    BOOST_TEST((std::ranges::equal(room.view(), records)));

    const auto refused = [&](const log::batch_header& header, bytes_view stored) {
        buffer made;
        return !codec.records_of(header, stored, made) && made.size() <= header.record_bytes;
    };
    // A frame of more than the header says: a bomb, for it would fill memory that nobody gave.
    BOOST_TEST(refused(header_for(frame, records.first(1000)), frame));
    const std::string longer = text + "y";
    BOOST_TEST(refused(header_for(frame, as_bytes(longer)), frame));
    // Two frames, each of half; and something behind a frame.
    byte_vector two = codec.compress(records.first(50'000));
    append(two, codec.compress(records.subspan(50'000)));
    BOOST_TEST(refused(header_for(two, records), two));
    byte_vector behind = frame;
    behind.push_back(std::byte{0});
    BOOST_TEST(refused(header_for(behind, records), behind));
    // No frame, a cut one, and other records than were promised.
    BOOST_TEST(refused(header_for(records, records), records));
    const bytes_view cut = bytes_view(frame).first(frame.size() - 1);
    BOOST_TEST(refused(header_for(cut, records), cut));
    auto other = good;
    other.records_crc64 ^= 1;
    BOOST_TEST(refused(other, frame));
    other = good;
    other.body_crc64 ^= 1;
    BOOST_TEST(refused(other, frame));
}

BOOST_AUTO_TEST_CASE(whatever_frame_stands_there_nothing_breaks) {
    log::body_codec codec;
    std::mt19937 random(7);
    std::string text(4000, ' ');
    for (char& each : text)
        each = static_cast<char>('a' + random() % 5);
    const byte_vector frame = codec.compress(as_bytes(text));
    for (int round = 0; round < 20'000; ++round) {
        byte_vector damaged = frame;
        for (int n = 0; n < 3; ++n)
            damaged[random() % damaged.size()] = std::byte(random());
        if (random() % 4 == 0) damaged.resize(random() % damaged.size());
        buffer room;
        const auto records = codec.records_of(header_for(damaged, as_bytes(text)), damaged, room);
        if (records) BOOST_TEST_REQUIRE(as_text(*records) == text);
    }
}

BOOST_AUTO_TEST_CASE(a_codec_that_is_none_is_refused_by_name) {
    log_fixture at;
    auto make = [&]() -> task<std::string> {
        auto store = at.store();
        log_create_options options;
        options.codec = "gzip";
        const auto made = co_await store.create("s", options);
        co_return made ? "" : made.error().where;
    };
    BOOST_TEST(at.run(make()) == "codec gzip: a stream has none or zstd");
}

BOOST_AUTO_TEST_SUITE_END()
