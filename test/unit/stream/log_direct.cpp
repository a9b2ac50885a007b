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

/// A stream "s" on a disk, written past the cache.
struct direct_stream {
    direct_stream() {
        options.bypass_cache = true;
        const auto create = [this]() -> task<void> {
            const log_create_options plain;
            auto created = co_await streams.create("s", plain);
            created.value();
        };
        at.run(create());
    }

    log_fixture at;
    disk_folder disk;
    log_store streams{disk.folder, at.context.get_executor(), at.blocking.get_executor()};
    log_writer_options options;
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
    direct_stream on;
    on.options.segment_bytes = 3 << 20;
    std::int64_t next = 0;
    const auto append_more = [&]() -> task<void> {
        auto opened = co_await on.streams.open_writer("s", on.options);
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
        on.at.run(append_more());
    const auto look = [&]() -> task<void> {
        auto verdict = co_await on.streams.verify("s");
        BOOST_TEST(verdict.value().problems.empty());
        BOOST_TEST(verdict.value().events == 3u * 4 * 900);
    };
    on.at.run(look());
}

/// Batches copied into frames, side by side from a block's beginning on.
struct framed_steps {
    framed_steps(const std::vector<batch_builder::built>& made, const frame_shape& shape, int salt)
        : memory(std::aligned_alloc(shape.block, std::size_t{4} << 20), &std::free) {
        auto* to = static_cast<std::byte*>(memory.get());
        for (const auto& each : made) {
            append_step step;
            step.batch = each.batch;
            step.progress = "{\"at\":" + std::to_string(salt * 1000 + int(steps.size())) + "}";
            const std::size_t used = shape.before + each.batch.body.size() + 100;
            std::size_t size = (used + shape.unit - 1) / shape.unit * shape.unit;
            if (&each == &made.back()) {
                const auto before = static_cast<std::size_t>(to - memory_begin());
                size = (before + size + shape.block - 1) / shape.block * shape.block - before;
            }
            step.frame = {to, size};
            std::ranges::copy(each.batch.body, to + shape.before);
            step.batch.body = {to + shape.before, each.batch.body.size()};
            to += size;
            steps.push_back(std::move(step));
        }
    }
    std::byte* memory_begin() const { return static_cast<std::byte*>(memory.get()); }

    std::unique_ptr<void, void (*)(void*)> memory;
    std::vector<append_step> steps;
};

BOOST_AUTO_TEST_CASE(steps_in_frames_become_the_same_stream) {
    direct_stream on;
    on.options.segment_bytes = 2 << 20;
    std::string last;
    const auto write = [&]() -> task<void> {
        auto opened = co_await on.streams.open_writer("s", on.options);
        const auto writer = std::move(opened.value());
        const std::optional<frame_shape> shape = writer->frames();
        BOOST_REQUIRE(shape.has_value());
        std::int64_t next = 0;
        for (int n = 0; n < 6; ++n) {
            const auto made = small_events(position{0, next, 0}, 900, 1000 + 37 * n, 100000);
            next += 900;
            framed_steps framed(made, *shape, n);
            if (n == 2) framed.steps.front().frame = {}; // then the others are copied, too
            last = framed.steps.back().progress;
            auto appended = co_await writer->append(0, framed.steps);
            appended.value();
            BOOST_TEST(writer->tail(0).last_progress == last);
        }
        auto closed = co_await writer->close();
        closed.value();
    };
    on.at.run(write());
    const auto look = [&]() -> task<void> {
        auto verdict = co_await on.streams.verify("s");
        BOOST_TEST(verdict.value().problems.empty());
        BOOST_TEST(verdict.value().events == 6u * 900);
        auto opened = co_await on.streams.open_writer("s", on.options);
        std::string progress = opened.value()->tail(0).last_progress;
        progress.erase(progress.find_last_not_of(' ') + 1);
        BOOST_TEST(progress == last);
        auto closed = co_await opened.value()->close();
        closed.value();
        auto read = co_await on.streams.open_reader("s");
        block_outline outline;
        position from{0, 0, 0};
        std::int64_t seen = 0;
        while (true) {
            auto outlined = co_await read.value()->outline(from, position{0, 6 * 900, 0});
            outline = outlined.value();
            if (outline.next == outline.first) break;
            byte_vector body(outline.body_bytes);
            auto filled = co_await read.value()->read(outline, body);
            filled.value();
            avro_record_cursor records(body);
            record each;
            while (!records.at_end()) {
                records.next(each).value();
                const std::string value(1000 + 37 * (seen / 900), char('a' + seen % 26));
                BOOST_REQUIRE(as_text(*each.value) == value);
                BOOST_REQUIRE(each.sequence == seen++);
            }
            from = outline.next;
        }
        BOOST_TEST(seen == 6 * 900);
    };
    on.at.run(look());
}

BOOST_AUTO_TEST_CASE(a_frame_that_does_not_fit_its_body_is_no_frame) {
    direct_stream on;
    const auto write = [&]() -> task<void> {
        auto opened = co_await on.streams.open_writer("s", on.options);
        const auto writer = std::move(opened.value());
        const std::optional<frame_shape> shape = writer->frames();
        std::int64_t next = 0;
        for (int n = 0; n < 4; ++n) {
            const auto made = small_events(position{0, next, 0}, 900, 1000, 100000);
            next += 900;
            framed_steps framed(made, *shape, n);
            bytes_span& frame = framed.steps.back().frame;
            if (n == 0) frame = frame.first(shape->before + framed.steps.back().batch.body.size());
            if (n == 1) frame = frame.subspan(8);
            if (n == 2) frame = frame.first(frame.size() - 1);
            if (n == 3) framed.steps.back().progress.assign(200000, 'x');
            auto appended = co_await writer->append(0, framed.steps);
            appended.value();
        }
        auto closed = co_await writer->close();
        closed.value();
        auto verdict = co_await on.streams.verify("s");
        BOOST_TEST(verdict.value().problems.empty());
        BOOST_TEST(verdict.value().events == 4u * 900);
    };
    on.at.run(write());
}

BOOST_AUTO_TEST_SUITE_END()
