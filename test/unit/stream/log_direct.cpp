// Bulk written past the page cache: the same bytes, wherever it begins and ends.
#include "io/log/direct_write.hpp"
#include "log_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>

#include <fcntl.h>

using namespace sluice;
using namespace sluice::test;

namespace {

/// On a disk, if there is one: what lies in memory has no cache to go past.
struct disk_folder {
    disk_folder() {
        std::string name = "/var/tmp/sluice-direct-XXXXXX";
        folder = ::mkdtemp(name.data());
    }
    ~disk_folder() { std::filesystem::remove_all(folder); }
    std::filesystem::path folder;
};

byte_vector pattern(std::size_t size, unsigned salt) {
    byte_vector bytes(size);
    for (std::size_t n = 0; n < size; ++n)
        bytes[n] = static_cast<std::byte>((n * 2654435761u + salt) >> 13);
    return bytes;
}

/// In pieces of uneven sizes, an empty one among them.
std::vector<bytes_view> in_pieces(bytes_view whole) {
    std::vector<bytes_view> pieces{whole.first(0)};
    for (std::size_t size = 1; !whole.empty(); size = size * 3 + 7) {
        const std::size_t n = std::min(size, whole.size());
        pieces.push_back(whole.first(n));
        whole = whole.subspan(n);
    }
    return pieces;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_direct)

BOOST_AUTO_TEST_CASE(a_file_holds_what_was_written_wherever_it_begins_and_ends) {
    const disk_folder at;
    byte_vector expected;
    auto file = log::real_files().open(at.folder / "file", log::open_mode::create).value();
    file->bypass_cache();
    unsigned salt = 0;
    const auto add = [&](std::size_t size) {
        const byte_vector bytes = pattern(size, ++salt);
        file->write(expected.size(), in_pieces(bytes)).value();
        expected.insert(expected.end(), bytes.begin(), bytes.end());
        byte_vector seen(expected.size() + 1);
        BOOST_REQUIRE(file->read(0, seen).value() == expected.size());
        seen.resize(expected.size());
        BOOST_REQUIRE(seen == expected);
    };
    for (const std::size_t size : {std::size_t{1}, std::size_t{4095}, std::size_t{300000}}) {
        add(size);
        add((3 << 20) + size);                            // in several goes
        add(4096 - expected.size() % 4096);               // up to a block's end
        add(1 << 20);                                     // whole blocks and nothing else
        add((256 << 10) + 4096 - expected.size() % 4096); // as little as goes this way
    }
    file->sync().value();
    BOOST_TEST(file->size().value() == expected.size());
}

BOOST_AUTO_TEST_CASE(whole_blocks_are_cut_out_of_a_write) {
    const auto share = log::direct_write::share_of(4096 * 5 + 1, 1 << 20);
    BOOST_TEST(share.before == 4095u);
    BOOST_TEST(share.bytes == (1u << 20) - 4096u);
    BOOST_TEST(log::direct_write::share_of(0, 1 << 20).before == 0u);
    BOOST_TEST(log::direct_write::share_of(0, 1 << 20).bytes == 1u << 20);
    BOOST_TEST(log::direct_write::share_of(1, 4096).bytes == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_whole_block_is_refused_and_said) {
    const disk_folder at;
    const int descriptor = ::open((at.folder / "file").c_str(), O_RDWR | O_CREAT, 0600);
    auto direct = log::direct_write::open(descriptor);
    if (direct) {
        const byte_vector bytes = pattern(4096 + 1, 1);
        const bytes_view pieces[] = {bytes};
        BOOST_TEST(direct->write(0, pieces).has_value());
    }
    ::close(descriptor);
}

BOOST_AUTO_TEST_CASE(a_stream_written_this_way_is_whole_and_is_continued) {
    log_fixture at;
    const disk_folder disk;
    log_store streams(disk.folder, at.context.get_executor(), at.blocking.get_executor());
    log_writer_options options;
    options.bypass_cache = true;
    options.segment_bytes = 3 << 20;
    const auto create = [&]() -> task<void> {
        const log_create_options plain;
        auto created = co_await streams.create("s", plain);
        created.value();
    };
    at.run(create());
    std::int64_t next = 0;
    const auto append_more = [&]() -> task<void> {
        auto opened = co_await streams.open_writer("s", options);
        const auto writer = std::move(opened.value());
        for (int n = 0; n < 4; ++n) {
            const auto made = small_events(position{0, next, 0}, 900, 1000 + 37 * n, 100000);
            auto steps = steps_of(made, "p");
            for (append_step& each : steps)
                if (n % 2 == 1) each.batch.body_crc64.reset();
            auto appended = co_await writer->append(0, steps);
            appended.value();
            next += 900;
        }
        auto closed = co_await writer->close();
        closed.value();
    };
    for (int round = 0; round < 3; ++round)
        at.run(append_more());
    const auto look = [&]() -> task<void> {
        auto verdict = co_await streams.verify("s");
        BOOST_TEST(verdict.value().problems.empty());
        BOOST_TEST(verdict.value().events == 3u * 4 * 900);
    };
    at.run(look());
}

BOOST_AUTO_TEST_SUITE_END()
