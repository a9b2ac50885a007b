// The disk that the log takes: what it leaves free, what it takes in advance, and how it goes on
// when the disk was full.
#include "core/log_room.hpp"

#include "forwarding_files.hpp"
#include "log_fixture.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <limits>

#include <sys/stat.h>

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr std::uint64_t mib = 1 << 20;

std::uint64_t segment_bytes_there(const log::path& folder) {
    std::uint64_t bytes = 0;
    for (const auto& each : std::filesystem::directory_iterator(folder / "s" / "p=0"))
        if (each.path().extension() == ".log") bytes += each.file_size();
    return bytes;
}

/// A disk of a size that a test says, whose files may refuse to be written, cut or reserved.
class small_disk final : public forwarding_files {
  public:
    std::function<std::uint64_t()> left; ///< not set: what the machine says
    std::uint64_t size = 1000 * mib;
    bool write_fails_half_way = false, cut_fails = false, read_only = false;
    errc refusal = errc::disk_full;
    std::vector<std::string> reserved;         ///< names of files
    std::vector<std::uint64_t> reserved_bytes; ///< of each
    std::function<void()> on_reserve = [] {};
    int removals = 0;

    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        if (read_only && mode != log::open_mode::read) return refused(name);
        auto real = log::real_files().open(name, mode);
        if (!real) return real.error();
        return std::unique_ptr<log::file>(std::make_unique<its_file>(std::move(*real), *this));
    }
    result<void> rename(const log::path& from, const log::path& to) override {
        return read_only ? result<void>(refused(to)) : forwarding_files::rename(from, to);
    }
    result<void> remove(const log::path& name) override {
        if (read_only) return refused(name);
        ++removals;
        return forwarding_files::remove(name);
    }
    result<log::disk_room> room_of(const log::path& name) override {
        if (!left) return forwarding_files::room_of(name);
        log::disk_room room;
        room.left = left();
        room.size = size;
        return room;
    }
    failure refused(const log::path& name) const {
        failure why;
        why.code = read_only ? errc::io_error : refusal;
        why.where = name.string() + ": planted";
        return why;
    }

  private:
    class its_file final : public forwarding_file {
      public:
        its_file(std::unique_ptr<log::file> real, small_disk& of)
            : forwarding_file(std::move(real)), of_(of) {}
        result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
            if (of_.read_only) return of_.refused(name());
            const bool batch = pieces.size() > 1;
            if (!of_.write_fails_half_way || !batch) return forwarding_file::write(at, pieces);
            of_.write_fails_half_way = false;
            const bytes_view half[] = {pieces.front(), pieces[1].first(pieces[1].size() / 2)};
            forwarding_file::write(at, half).value();
            return of_.refused(name());
        }
        result<void> cut(std::uint64_t to) override {
            if (!of_.cut_fails && !of_.read_only) return forwarding_file::cut(to);
            failure why = of_.refused(name());
            why.code = errc::io_error;
            return why;
        }
        result<void> reserve(std::uint64_t bytes) override {
            of_.on_reserve();
            of_.reserved.push_back(name().filename());
            of_.reserved_bytes.push_back(bytes);
            return forwarding_file::reserve(bytes);
        }

      private:
        small_disk& of_;
    };
};

struct room_fixture : log_fixture {
    small_disk disk;
    log_store small() {
        return log_store(folder, context.get_executor(), blocking.get_executor(), disk);
    }
    log::path segment_in_the_making() const { return folder / "s" / "p=0" / "segment.new"; }
};

task<std::unique_ptr<writer>> open_small(log_store store, std::uint64_t segment_bytes) {
    log_writer_options options;
    options.segment_bytes = segment_bytes;
    auto opened = co_await store.open_writer("s", options);
    co_return std::move(opened).value();
}

task<result<void>> add_one(writer& to, std::size_t size) {
    const auto built = small_events(to.tail(0).end, 1, size);
    const auto steps = steps_of(built, "progress");
    auto appended = co_await to.append(0, steps);
    co_return appended;
}

task<void> add_into(writer& to, std::span<const append_step> steps, result<void>& done) {
    done = co_await to.append(0, steps);
}

task<void> add_both(
    task_group& group,
    writer& to,
    std::span<const append_step> first,
    std::span<const append_step> second,
    std::vector<result<void>>& seen
) {
    group.spawn([&to, first, &seen] { return add_into(to, first, seen[0]); });
    group.spawn([&to, second, &seen] { return add_into(to, second, seen[1]); });
    co_return;
}

/// How many events a reader sees, every one of them read.
task<std::int64_t> count_readable(log_store store) {
    auto in = (co_await store.open_reader("s")).value();
    const stream_bounds bounds = (co_await in->bounds(0)).value();
    std::int64_t events = 0;
    for (position from = bounds.first; from < bounds.end;) {
        const block_outline outline = (co_await in->outline(from, bounds.end)).value();
        byte_vector body(outline.body_bytes);
        (co_await in->read(outline, body)).value();
        events += static_cast<std::int64_t>(outline.events);
        from = outline.next;
    }
    co_return events;
}

bool refused_as_full(const result<void>& seen, const std::string& word) {
    if (seen || seen.error().code != errc::disk_full) return false;
    const std::string& where = seen.error().where;
    BOOST_TEST_MESSAGE(where);
    return where.find("stream s") != std::string::npos && where.find(word) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_room)

BOOST_AUTO_TEST_CASE(the_rules_are_arithmetic) {
    log::disk_room room;
    room.size = 100'000 * mib;
    room.left = 1000 * mib;
    BOOST_TEST(log::disk_reserve(room) == 64 * mib);
    BOOST_TEST(log::room_for_appends(room) == 936 * mib);
    BOOST_TEST(log::room_unwatched(room, 0) == 64 * mib);
    BOOST_TEST(log::room_unwatched(room, 900 * mib) == 9 * mib);
    BOOST_TEST(log::room_unwatched(room, 2000 * mib) == 0u);
    room.size = 20 * mib; // a small disk keeps a twentieth
    room.left = 3 * mib;
    BOOST_TEST(log::disk_reserve(room) == mib);
    BOOST_TEST(log::room_for_appends(room) == 2 * mib);
    BOOST_TEST(log::has_room_for_segment(room, mib));
    BOOST_TEST(!log::has_room_for_segment(room, mib + 1));
    room.left = mib;
    BOOST_TEST(log::room_for_appends(room) == 0u);
    BOOST_TEST(!log::has_room_for_segment(room, 1));
    // A file system that does not tell is asked by writing.
    BOOST_TEST(
        log::room_for_appends(log::disk_room()) == std::numeric_limits<std::uint64_t>::max()
    );
    BOOST_TEST(log::room_unwatched(log::disk_room(), mib) == 64 * mib);
    BOOST_TEST(!log::is_nearly_full(749, 1000));
    BOOST_TEST(log::is_nearly_full(750, 1000));
    BOOST_TEST(log::is_nearly_full(0, 0));
}

BOOST_AUTO_TEST_CASE(what_waits_behind_an_append_that_does_not_fit_does_not_get_in_before_it) {
    room_fixture at;
    bool small_room = true;
    at.disk.left = [&small_room] { return 64 * mib + (small_room ? 20'000 : 100'000); };
    at.disk.size = 100'000 * mib;
    auto play = [&]() -> task<void> {
        (co_await at.small().create("s", log_create_options())).value();
        auto to = co_await open_small(at.small(), mib);
        const auto large = small_events(to->tail(0).end, 1, 30'000);
        const auto small = small_events(position{0, 1, 0}, 1, 1000);
        const auto first = steps_of(large), second = steps_of(small);
        std::vector<result<void>> seen(2);
        const std::function<task<void>(task_group&)> both = [&](task_group& group) {
            return add_both(group, *to, first, second, seen);
        };
        co_await with_task_group(at.context.get_executor(), both);
        BOOST_TEST(refused_as_full(seen[0], "does not fit"));
        BOOST_TEST(refused_as_full(seen[1], "does not fit"));
        BOOST_TEST(to->tail(0).end.sequence == 0);
        BOOST_TEST((co_await add_one(*to, 1000)).has_value()); // whoever has seen that may go on
        small_room = false;
        BOOST_TEST((co_await add_one(*to, 30'000)).has_value());
        (co_await to->close()).value();
        BOOST_TEST(co_await count_readable(at.small()) == 2);
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(the_next_segment_is_reserved_before_this_one_is_80_percent_full) {
    room_fixture at;
    constexpr std::uint64_t segment = 100'000;
    std::vector<std::uint64_t> full_then;
    std::uint64_t sealed = 0; // bytes of the segments before
    at.disk.on_reserve = [&] { full_then.push_back(segment_bytes_there(at.folder) - sealed); };
    auto play = [&]() -> task<void> {
        (co_await at.small().create("s", log_create_options())).value();
        auto to = co_await open_small(at.small(), segment);
        for (int n = 0; n < 60; ++n)
            (co_await add_one(*to, 1000)).value();
        BOOST_TEST(at.disk.reserved.empty()); // a small stream takes what it needs
        for (int n = 0; n < 10; ++n)
            (co_await add_one(*to, 1000)).value();
        BOOST_TEST(at.disk.reserved.size() == 1u);
        BOOST_TEST(std::filesystem::exists(at.segment_in_the_making()));
        sealed = segment + 2000;
        for (int n = 0; n < 90; ++n)
            (co_await add_one(*to, 1000)).value();
        BOOST_TEST_REQUIRE(at.disk.reserved.size() == 2u); // once in a segment
        for (std::size_t n = 0; n < 2; ++n) {
            BOOST_TEST(at.disk.reserved[n] == "segment.new");
            BOOST_TEST(at.disk.reserved_bytes[n] == segment);
            BOOST_TEST(full_then[n] < segment * 80 / 100);
            BOOST_TEST(full_then[n] > segment * 70 / 100);
        }
        (co_await to->close()).value();
        BOOST_TEST(!std::filesystem::exists(at.segment_in_the_making()));
        BOOST_TEST((co_await at.small().verify("s")).value().problems.empty());
        BOOST_TEST(co_await count_readable(at.small()) == 160);
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(what_a_killed_writer_had_reserved_is_given_back_by_the_next) {
    room_fixture at;
    auto play = [&]() -> task<void> {
        (co_await at.small().create("s", log_create_options())).value();
        auto to = co_await open_small(at.small(), 10'000);
        for (int n = 0; n < 9; ++n)
            (co_await add_one(*to, 800)).value();
        to.reset(); // without a word
        BOOST_TEST_REQUIRE(std::filesystem::exists(at.segment_in_the_making()));
        to = co_await open_small(at.small(), 10'000);
        BOOST_TEST(!std::filesystem::exists(at.segment_in_the_making()));
        (co_await add_one(*to, 800)).value();
        BOOST_TEST(to->tail(0).end.sequence == 10);
        (co_await to->close()).value();
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_reservation_changes_neither_size_nor_bytes_and_can_be_given_back) {
    std::string folder = "/var/tmp/sluice-room-XXXXXX"; // on a disk, if there is one
    BOOST_REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const log::path name = log::path(folder) / "file";
    const auto taken = [&name] {
        struct stat about {};
        BOOST_REQUIRE(::stat(name.c_str(), &about) == 0);
        return static_cast<std::uint64_t>(about.st_blocks) * 512;
    };
    auto file = log::real_files().open(name, log::open_mode::create).value();
    const std::string text = "what was there";
    const bytes_view pieces[] = {as_bytes(text)};
    file->write(0, pieces).value();
    file->reserve(8 * mib).value();
    const bool reserves = taken() >= 8 * mib;
    BOOST_TEST_MESSAGE("reserves: " << reserves);
    BOOST_TEST(file->size().value() == text.size());
    file->bypass_cache();
    const byte_vector much(mib, std::byte{7});
    const bytes_view more[] = {much};
    file->write(text.size(), more).value();
    BOOST_TEST(file->size().value() == text.size() + mib);
    file->give_back_reserve();
    BOOST_TEST(taken() < 2 * mib);
    BOOST_TEST(file->size().value() == text.size() + mib);
    byte_vector seen(text.size() + mib);
    BOOST_TEST(file->read(0, seen).value() == seen.size());
    BOOST_TEST(as_text(bytes_view(seen).first(text.size())) == text);
    BOOST_TEST((byte_vector(seen.begin() + text.size(), seen.end()) == much));
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(below_the_reserve_appends_are_refused_readers_go_on_and_room_is_used_at_once) {
    room_fixture at;
    at.disk.left = [&] { return 500 * mib; };
    auto play = [&]() -> task<void> {
        (co_await at.small().create("s", log_create_options())).value();
        auto to = co_await open_small(at.small(), 100 * mib);
        (co_await add_one(*to, 1000)).value();
        at.disk.left = [&] { return 50 * mib; }; // the reserve of this disk
        // What was seen to be free may be taken without another look, a quarter of it at most.
        result<void> refused;
        int added = 1;
        for (; added < 120 && refused; ++added)
            refused = co_await add_one(*to, 1 * mib - 100);
        BOOST_TEST(refused_as_full(refused, "50.0 MiB left"));
        BOOST_TEST(added <= 66);
        const std::int64_t there = to->tail(0).end.sequence;
        const auto bytes = segment_bytes_there(at.folder);
        BOOST_TEST(refused_as_full(co_await add_one(*to, 1), "kept free"));
        BOOST_TEST(segment_bytes_there(at.folder) == bytes);
        BOOST_TEST(co_await count_readable(at.small()) == there);
        auto in = (co_await at.small().open_reader("s")).value();
        auto cursor = (co_await in->open_cursor("export")).value();
        BOOST_TEST((co_await cursor->move(position{0, there, 0})).has_value());
        at.disk.left = [&] { return 52 * mib; };
        BOOST_TEST((co_await add_one(*to, 1000)).has_value());
        BOOST_TEST(to->tail(0).end.sequence == there + 1);
        at.disk.left = [&] { return 51 * mib; };
        BOOST_TEST(refused_as_full(co_await add_one(*to, mib + 1000), "left"));
        (co_await to->close()).value();
        BOOST_TEST((co_await at.small().verify("s")).value().problems.empty());
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(room_that_retention_makes_is_used_by_the_writer_that_met_the_full_disk) {
    room_fixture at;
    at.disk.size = 100'000;
    at.disk.left = [&] {
        const std::uint64_t used = segment_bytes_there(at.folder);
        return used < at.disk.size ? at.disk.size - used : 0;
    };
    auto play = [&]() -> task<void> {
        log_create_options options;
        options.retention.bytes = 5000;
        (co_await at.small().create("s", options)).value();
        auto to = co_await open_small(at.small(), 10'000);
        (co_await add_one(*to, 800)).value();
        auto in = (co_await at.small().open_reader("s")).value();
        auto slow = (co_await in->open_cursor("slow")).value();
        (co_await slow->move(position{0, 0, 0})).value();
        result<void> refused;
        for (int n = 0; n < 200 && refused; ++n)
            refused = co_await add_one(*to, 800);
        BOOST_TEST_REQUIRE(refused_as_full(refused, "left"));
        const std::int64_t full = to->tail(0).end.sequence;
        BOOST_TEST(full > 80); // a disk of 100 kB, of which a twentieth stays
        BOOST_TEST(at.disk.left() >= 4000u);
        BOOST_TEST(!(co_await add_one(*to, 800)).has_value());
        (co_await slow->move(position{0, full, 0})).value();
        BOOST_TEST((co_await add_one(*to, 800)).has_value());
        BOOST_TEST(to->tail(0).end.sequence == full + 1);
        BOOST_TEST(segment_bytes_there(at.folder) < 30'000u);
        (co_await to->close()).value();
        BOOST_TEST((co_await at.small().verify("s")).value().problems.empty());
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(what_was_reserved_is_given_up_for_the_segment_in_use) {
    room_fixture at;
    constexpr std::uint64_t segment = 100'000;
    at.disk.size = 1'000'000;
    at.disk.left = [&] {
        const bool taken = std::filesystem::exists(at.segment_in_the_making());
        return 400'000 - segment_bytes_there(at.folder) - (taken ? segment : 0);
    };
    auto play = [&]() -> task<void> {
        (co_await at.small().create("s", log_create_options())).value();
        auto to = co_await open_small(at.small(), segment);
        for (int n = 0; n < 10; ++n)
            (co_await add_one(*to, 7900)).value();
        BOOST_TEST_REQUIRE(at.disk.reserved.size() == 1u);
        // 170,000 are free but for the reserve, 270,000 with what was taken in advance.
        BOOST_TEST((co_await add_one(*to, 200'000)).has_value());
        BOOST_TEST(!std::filesystem::exists(at.segment_in_the_making()));
        BOOST_TEST(at.disk.reserved.size() == 1u);
        (co_await to->close()).value();
        BOOST_TEST((co_await at.small().verify("s")).value().problems.empty());
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_disk_without_room_for_two_segments_reserves_none_and_is_filled_all_the_same
) {
    room_fixture at;
    at.disk.size = 1'000'000;
    at.disk.left = [&] { return 200'000 - segment_bytes_there(at.folder); };
    auto play = [&]() -> task<void> {
        (co_await at.small().create("s", log_create_options())).value();
        auto to = co_await open_small(at.small(), 100'000);
        result<void> refused;
        for (int n = 0; n < 200 && refused; ++n)
            refused = co_await add_one(*to, 2000);
        BOOST_TEST(refused_as_full(refused, "left"));
        BOOST_TEST(at.disk.reserved.empty());
        BOOST_TEST(to->tail(0).end.sequence >= 60); // two segments
        (co_await to->close()).value();
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_short_write_is_rolled_back_or_the_writer_has_failed) {
    for (const bool cut_fails : {false, true}) {
        room_fixture at;
        auto play = [&]() -> task<void> {
            (co_await at.small().create("s", log_create_options())).value();
            auto to = co_await open_small(at.small(), mib);
            for (int n = 0; n < 3; ++n)
                (co_await add_one(*to, 500)).value();
            const auto whole = segment_bytes_there(at.folder);
            at.disk.write_fails_half_way = true;
            at.disk.cut_fails = cut_fails;
            const auto refused = co_await add_one(*to, 500);
            const errc expected = cut_fails ? errc::io_error : errc::disk_full;
            BOOST_TEST((refused.error().code == expected));
            BOOST_TEST((segment_bytes_there(at.folder) > whole) == cut_fails);
            at.disk.cut_fails = false;
            const auto after = co_await add_one(*to, 500);
            BOOST_TEST(after.has_value() == !cut_fails);
            if (cut_fails) BOOST_TEST((after.error().code == errc::io_error));
            to.reset();
            to = co_await open_small(at.small(), mib);
            BOOST_TEST(to->tail(0).end.sequence == (cut_fails ? 3 : 4));
            BOOST_TEST((to->tail(0).torn_bytes_cut > 0) == cut_fails);
            (co_await add_one(*to, 500)).value();
            (co_await to->close()).value();
            BOOST_TEST((co_await at.small().verify("s")).value().problems.empty());
        };
        at.run(play());
    }
}

BOOST_AUTO_TEST_CASE(a_disk_that_became_read_only_resets_nothing) {
    room_fixture at;
    auto play = [&]() -> task<void> {
        (co_await at.small().create("s", log_create_options())).value();
        auto to = co_await open_small(at.small(), 2000);
        for (int n = 0; n < 12; ++n)
            (co_await add_one(*to, 500)).value();
        const auto bytes = segment_bytes_there(at.folder);
        at.disk.read_only = true;
        at.disk.removals = 0;
        const auto refused = co_await add_one(*to, 500);
        BOOST_TEST((refused.error().code == errc::io_error));
        BOOST_TEST(co_await count_readable(at.small()) == 12);
        (co_await to->close()).value();
        log_writer_options options;
        const auto again = co_await at.small().open_writer("s", options);
        BOOST_TEST((again.error().code == errc::io_error));
        BOOST_TEST(co_await count_readable(at.small()) == 12);
        BOOST_TEST(at.disk.removals == 0);
        BOOST_TEST(segment_bytes_there(at.folder) == bytes);
        at.disk.read_only = false;
        to = co_await open_small(at.small(), 2000);
        BOOST_TEST(to->tail(0).end.sequence == 12);
        BOOST_TEST(to->tail(0).last_progress == "progress");
        (co_await add_one(*to, 500)).value();
        (co_await to->close()).value();
        BOOST_TEST(co_await count_readable(at.small()) == 13);
    };
    at.run(play());
}

BOOST_AUTO_TEST_SUITE_END()
