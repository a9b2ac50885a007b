// The embedded log: append, read, recover, refuse.
#include "core/log_batch.hpp"
#include "core/log_bytes.hpp"
#include "core/log_meta.hpp"
#include "io/log/file_system.hpp"
#include "log_fixture.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <random>

using namespace sluice;
using namespace sluice::test;

namespace {

using bytes = std::vector<char>;

bytes load(const std::filesystem::path& name) {
    std::ifstream file(name, std::ios::binary);
    return bytes(std::istreambuf_iterator<char>(file), {});
}

void save(const std::filesystem::path& name, const bytes& content) {
    std::ofstream(name, std::ios::binary | std::ios::trunc)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
}

std::filesystem::path segment_of(const log_fixture& at, const std::string& stream, int which = 0) {
    std::vector<std::filesystem::path> found;
    for (const auto& each : std::filesystem::directory_iterator(at.folder / stream / "p=0"))
        if (each.path().extension() == ".log") found.push_back(each.path());
    std::sort(found.begin(), found.end());
    return found.at(static_cast<std::size_t>(which));
}

task<void> append_all(writer& to, std::vector<append_step> steps) {
    auto done = co_await to.append(0, steps);
    done.value();
}

/// Opens, appends `count` events of `size` bytes, closes; returns where the partition ended.
task<position>
fill(log_store store, int count, std::size_t size, std::string progress, std::uint64_t segment) {
    log_writer_options options;
    options.segment_bytes = segment;
    auto opened = co_await store.open_writer("s", options);
    std::unique_ptr<writer> to = std::move(opened.value());
    const auto built = small_events(to->tail(0).end, count, size);
    for (const auto& each : built) {
        std::vector<append_step> one(1);
        one[0].batch = each.batch;
        one[0].progress = progress;
        co_await append_all(*to, std::move(one));
    }
    const position end = to->tail(0).end;
    auto closed = co_await to->close();
    closed.value();
    co_return end;
}

position filled(
    log_fixture& at,
    int count,
    std::size_t size = 100,
    std::string progress = {},
    std::uint64_t segment = 1 << 28
) {
    return at.run(fill(at.store(), count, size, std::move(progress), segment));
}

void create(log_fixture& at, log_create_options options = {}) {
    auto make = [&]() -> task<void> {
        auto store = at.store();
        auto made = co_await store.create("s", options);
        made.value();
    };
    at.run(make());
}

/// Everything between two positions, as blocks of the grid: names and bytes.
struct block_seen {
    position first, next;
    std::uint64_t crc;
    friend bool operator==(const block_seen&, const block_seen&) = default;
};
task<result<std::vector<block_seen>>> blocks_from(log_store store, position from) {
    auto opened = co_await store.open_reader("s");
    if (!opened) co_return opened.error();
    reader& in = **opened;
    auto bounds = co_await in.bounds(0);
    if (!bounds) co_return bounds.error();
    std::vector<block_seen> seen;
    while (from < bounds->end) {
        auto outline = co_await in.outline(from, bounds->end);
        if (!outline) co_return outline.error();
        if (outline->next == from) break;
        byte_vector body(outline->body_bytes);
        auto read = co_await in.read(*outline, body);
        if (!read) co_return read.error();
        const std::uint64_t crc = crc64nvme(body);
        BOOST_TEST(crc == outline->body_crc64);
        seen.push_back(block_seen{from, outline->next, crc});
        from = outline->next;
    }
    co_return seen;
}

std::size_t events_readable(log_fixture& at) {
    auto count = [&]() -> task<std::size_t> {
        auto blocks = co_await blocks_from(at.store(), position{});
        co_return blocks
            ? static_cast<std::size_t>(blocks->empty() ? 0 : blocks->back().next.sequence)
            : std::size_t(-1);
    };
    return at.run(count());
}

bool verifies(log_fixture& at) {
    auto check = [&]() -> task<bool> {
        auto store = at.store();
        auto verdict = co_await store.verify("s");
        co_return verdict && verdict->problems.empty();
    };
    return at.run(check());
}

/// The sequences of everything that a reader gives out.
task<std::vector<std::int64_t>> sequences_of(reader& in) {
    const position end = (co_await in.bounds(0)).value().end;
    std::vector<std::int64_t> found;
    position from;
    while (from < end) {
        const auto outline = (co_await in.outline(from, end)).value();
        if (outline.next == from) break;
        byte_vector body(outline.body_bytes);
        (co_await in.read(outline, body)).value();
        avro_record_cursor records(body);
        record each;
        while (!records.at_end()) {
            records.next(each).value();
            if (!each.part || each.part->offset == 0) found.push_back(each.sequence);
        }
        from = outline.next;
    }
    co_return found;
}

/// What opening a writer says.
error_code opening(log_fixture& at, std::uint64_t* end = nullptr) {
    auto open = [&]() -> task<error_code> {
        auto store = at.store();
        log_writer_options options;
        auto opened = co_await store.open_writer("s", options);
        if (!opened) co_return opened.error().code;
        if (end) *end = static_cast<std::uint64_t>((*opened)->tail(0).end.sequence);
        auto closed = co_await (*opened)->close();
        closed.value();
        co_return error_code();
    };
    return at.run(open());
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_streams)

BOOST_AUTO_TEST_CASE(what_is_appended_is_read_by_other_processes_readers) {
    log_fixture at;
    create(at);
    BOOST_TEST(events_readable(at) == 0u);
    BOOST_TEST((filled(at, 50) == position{0, 50, 0}));
    BOOST_TEST(events_readable(at) == 50u);
    filled(at, 25);
    BOOST_TEST(events_readable(at) == 75u);
    BOOST_TEST(verifies(at));
}

BOOST_AUTO_TEST_CASE(the_last_progress_comes_back_also_across_segments) {
    log_fixture at;
    create(at);
    auto look_without_writing = [&]() -> task<std::string> {
        auto store = at.store();
        co_return (co_await store.last_progress("s", 0)).value();
    };
    BOOST_TEST(at.run(look_without_writing()) == "");
    filled(at, 30, 100, "first");
    filled(at, 30, 100, "second", 2000); // several segments
    filled(at, 30, 100, "", 2000);       // none of these carries one
    auto look = [&]() -> task<std::string> {
        auto store = at.store();
        log_writer_options options;
        auto opened = co_await store.open_writer("s", options);
        co_return opened.value()->tail(0).last_progress;
    };
    BOOST_TEST(at.run(look_without_writing()) == "second");
    BOOST_TEST(at.run(look()) == "second");
    filled(at, 3, 100, "third");
    filled(at, 3, 100, "fourth");
    BOOST_TEST(at.run(look_without_writing()) == "fourth");
    BOOST_TEST(events_readable(at) == 96u);
    BOOST_TEST(verifies(at));
}

BOOST_AUTO_TEST_CASE(the_grid_is_the_same_from_wherever_one_reads) {
    log_fixture at;
    create(at);
    filled(at, 900, 5000, "", 2 << 20);
    auto compare = [&]() -> task<void> {
        auto store = at.store();
        const auto all = (co_await blocks_from(store, position{})).value();
        BOOST_TEST(all.size() > 10u);
        for (const std::size_t n : {std::size_t{1}, std::size_t{4}, all.size() - 1}) {
            const auto some = (co_await blocks_from(store, all[n].first)).value();
            BOOST_TEST(
                (std::vector<block_seen>(all.begin() + static_cast<std::ptrdiff_t>(n), all.end()) ==
                 some)
            );
        }
        // From inside a block the grid goes on at the next boundary.
        const auto inside =
            (co_await blocks_from(store, position{0, all[2].first.sequence + 7, 0})).value();
        BOOST_TEST((inside.front().next == all[2].next));
    };
    at.run(compare());
}

BOOST_AUTO_TEST_CASE(an_unfinished_event_is_seen_by_nobody_and_goes_on_or_is_given_up) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        auto first = (co_await store.open_writer("s", options)).value();
        co_await append_all(*first, steps_of(small_events(position{}, 3, 10)));
        const auto large = large_event(position{0, 3, 0}, 3 << 20);
        BOOST_TEST_REQUIRE(large.size() == 3u);
        auto some = steps_of(large);
        some.pop_back();
        co_await append_all(*first, some);
        (co_await first->close()).value();
        BOOST_TEST((co_await blocks_from(store, position{})).value().back().next.sequence == 3);

        auto second = (co_await store.open_writer("s", options)).value();
        BOOST_TEST((second->tail(0).end == position{0, 3, 2 << 20}));
        const auto other = small_events(position{0, 4, 0}, 1, 10);
        const auto foreign = steps_of(other);
        const auto refused = co_await second->append(0, foreign);
        BOOST_TEST((refused.error().code == stream_errc::out_of_order));
        (co_await second->abandon_open_event(0)).value();
        co_await append_all(*second, steps_of(small_events(position{0, 4, 0}, 2, 10)));
        (co_await second->close()).value();
        const auto seen = (co_await blocks_from(store, position{})).value();
        BOOST_TEST(seen.back().next.sequence == 6);

        auto third = (co_await store.open_writer("s", options)).value();
        const auto whole = large_event(position{0, 6, 0}, 3 << 20);
        co_await append_all(*third, steps_of(whole));
        (co_await third->close()).value();
        BOOST_TEST(
            (co_await blocks_from(store, position{0, 6, 0})).value().back().next.sequence == 7
        );
    };
    at.run(play());
    BOOST_TEST(verifies(at));
}

BOOST_AUTO_TEST_CASE(readers_old_and_new_skip_what_was_given_up) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        auto old = (co_await store.open_reader("s")).value();
        const auto large = large_event(position{0, 2, 0}, 3 << 20);
        (co_await to->append(0, steps_of(small_events(position{}, 2, 10)))).value();
        auto begun = steps_of(large);
        begun.pop_back();
        (co_await to->append(0, begun)).value();
        const std::vector<std::int64_t> before{0, 1}, after{0, 1, 3, 4};
        BOOST_TEST((co_await sequences_of(*old) == before));
        // Asked beyond the end, a reader still shows nothing of it.
        const auto beyond = (co_await old->outline(position{0, 2, 0}, position{0, 9, 0})).value();
        BOOST_TEST((beyond.next == position{0, 2, 0}));
        (co_await to->abandon_open_event(0)).value();
        (co_await to->append(0, steps_of(small_events(position{0, 3, 0}, 2, 10)))).value();
        auto fresh = (co_await store.open_reader("s")).value();
        BOOST_TEST((co_await sequences_of(*old) == after));
        BOOST_TEST((co_await sequences_of(*fresh) == after));
        (co_await to->close()).value();
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(what_a_newer_version_wrote_is_no_torn_tail) {
    log_fixture at;
    create(at);
    filled(at, 2);
    const auto mark = at.folder / "s" / "p=0" / "watermark";
    const bytes old_mark = load(mark);
    const std::size_t begins = load(segment_of(at, "s")).size();
    filled(at, 1);
    save(mark, old_mark);
    bytes newer = load(segment_of(at, "s"));
    byte_vector header(120);
    std::memcpy(header.data(), newer.data() + begins, header.size());
    header[4] = std::byte{2};
    const auto about = log::decode_meta(
        as_text(log::read_small(log::real_files(), at.folder / "s" / "meta.json").value()), "meta"
    );
    byte_vector place(36);
    const log::seed with = log::seed_of(about.value().incarnation);
    std::copy(with.begin(), with.end(), place.begin());
    std::copy_n(header.begin() + 8, 8, place.begin() + 20);
    log::put(header, 116, crc32c(bytes_view(header).first(116), crc32c(place)));
    std::memcpy(newer.data() + begins, header.data(), header.size());
    save(segment_of(at, "s"), newer);
    BOOST_TEST((opening(at) == errc::unsupported_version));
    BOOST_TEST((load(segment_of(at, "s")) == newer));
}

BOOST_AUTO_TEST_CASE(a_second_writer_is_locked_out_and_told_by_whom) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        auto first = (co_await store.open_writer("s", options)).value();
        const auto second = co_await store.open_writer("s", options);
        BOOST_TEST((second.error().code == stream_errc::locked));
        BOOST_TEST(second.error().where.find("pid ") != std::string::npos);
        const auto gone = co_await store.remove("s");
        BOOST_TEST((gone.error().code == stream_errc::locked));
        (co_await first->close()).value();
        BOOST_TEST((co_await store.open_writer("s", options)).has_value());
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_reservation_holds_until_released) {
    log_fixture at;
    log_create_options reserved;
    reserved.reserved_by = "import-1";
    create(at, reserved);
    BOOST_TEST((opening(at) == stream_errc::reserved));
    auto release = [&]() -> task<void> {
        auto store = at.store();
        (co_await store.release("s")).value();
    };
    at.run(release());
    BOOST_TEST(!opening(at));
}

BOOST_AUTO_TEST_CASE(appends_that_do_not_fit_are_refused_whole) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        const auto built = small_events(position{}, 2, 10);
        auto twice = steps_of(built);
        twice.push_back(twice.front());
        BOOST_TEST(((co_await to->append(0, twice)).error().code == stream_errc::out_of_order));
        auto damaged = steps_of(built);
        *damaged[1].batch.body_crc64 ^= 1;
        BOOST_TEST(((co_await to->append(0, damaged)).error().code == stream_errc::malformed));
        BOOST_TEST((to->tail(0).end == position{}));
        const auto sparse = small_events(position{0, 100, 0}, 1, 10); // sequences may be sparse
        const auto later = steps_of(sparse);
        co_await append_all(*to, later);
        BOOST_TEST((to->tail(0).end == position{0, 101, 0}));
        (co_await to->close()).value();
        const auto seen = (co_await blocks_from(store, position{})).value();
        BOOST_TEST_REQUIRE(seen.size() == 1u);
        BOOST_TEST(seen[0].next.sequence == 101);
    };
    at.run(play());
    BOOST_TEST(verifies(at));
}

BOOST_AUTO_TEST_CASE(a_log_cut_at_any_byte_of_its_last_batches_is_damage_below_the_durable_end) {
    log_fixture at;
    create(at);
    filled(at, 6, 20);
    const auto segment = segment_of(at, "s");
    const bytes whole = load(segment);
    for (std::size_t size = whole.size() - 400; size < whole.size(); ++size) {
        save(segment, bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
        BOOST_TEST_REQUIRE((opening(at) == stream_errc::damaged));
        BOOST_TEST_REQUIRE(load(segment).size() == size); // nothing was changed
        BOOST_TEST_REQUIRE(!verifies(at));
    }
    save(segment, whole);
    BOOST_TEST(!opening(at));
}

BOOST_AUTO_TEST_CASE(a_tail_torn_at_any_byte_is_cut_to_the_last_whole_batch) {
    log_fixture at;
    create(at);
    filled(at, 3, 20);
    const auto segment = segment_of(at, "s");
    const auto mark = at.folder / "s" / "p=0" / "watermark";
    const bytes before = load(segment), mark_before = load(mark);
    filled(at, 3, 20); // unsynced, as the watermark below says
    const bytes after = load(segment);
    const std::size_t batch = (after.size() - before.size()) / 3;
    for (std::size_t size = before.size(); size < after.size(); ++size) {
        save(segment, bytes(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(size)));
        save(mark, mark_before);
        // The second and third batch tell that the ones before them were durable.
        std::uint64_t end = 0;
        const std::size_t batches = (size - before.size()) / batch;
        BOOST_TEST_REQUIRE(!opening(at, &end));
        BOOST_TEST_REQUIRE(end == 3 + batches);
        BOOST_TEST_REQUIRE(load(segment).size() == before.size() + batches * batch);
    }
}

BOOST_AUTO_TEST_CASE(a_later_header_that_says_durable_makes_damage_of_what_would_be_a_torn_tail) {
    // After a power failure the watermark may be an old one, though much more was synced.
    for (const bool in_header : {true, false}) {
        log_fixture at;
        create(at);
        filled(at, 2, 200);
        const auto mark = at.folder / "s" / "p=0" / "watermark";
        const bytes old_mark = load(mark);
        const std::size_t before = load(segment_of(at, "s")).size();
        filled(at, 6, 200);
        save(mark, old_mark);
        bytes damaged = load(segment_of(at, "s"));
        damaged[before + (in_header ? 20 : 200)] ^= 4;
        save(segment_of(at, "s"), damaged);
        BOOST_TEST((opening(at) == stream_errc::damaged));
        BOOST_TEST((load(segment_of(at, "s")) == damaged)); // nothing was cut
    }
}

BOOST_AUTO_TEST_CASE(a_batch_that_contradicts_itself_is_refused_before_it_is_written) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        const auto built = small_events(position{}, 3, 10, 1 << 20);
        const auto good = steps_of(built);
        const auto refused = [&](std::size_t which) {
            auto steps = good;
            record_batch& batch = steps[0].batch;
            if (which == 0) batch.last_sequence = 7;
            if (which == 1) batch.next.sequence = 9;
            if (which == 2) batch.events = 4;
            if (which == 3) batch.next.partition = 1;
            if (which == 4) batch.times = time_range{5, 4};
            if (which == 5) batch.next.offset = 8;
            return steps;
        };
        for (std::size_t which = 0; which < 6; ++which) {
            const auto steps = refused(which);
            const auto answer = co_await to->append(0, steps);
            BOOST_TEST_REQUIRE(!answer.has_value(), which);
            BOOST_TEST((answer.error().code == stream_errc::malformed), which);
        }
        (co_await to->append(0, good)).value();
        (co_await to->close()).value();
    };
    at.run(play());
    BOOST_TEST(events_readable(at) == 3u);
    BOOST_TEST(verifies(at));
}

BOOST_AUTO_TEST_CASE(garbage_of_any_kind_behind_the_durable_end_is_cut) {
    log_fixture at;
    create(at);
    filled(at, 10, 50);
    const auto segment = segment_of(at, "s");
    const bytes whole = load(segment);
    std::mt19937 random(3);
    bytes noise(3000);
    for (char& each : noise)
        each = static_cast<char>(random());
    const bytes old(whole.end() - 700, whole.end()); // old batches at a wrong place
    for (const bytes& tail : {bytes(4096, '\0'), bytes(4096, '\xff'), old, noise, bytes(1, 'x')}) {
        bytes longer = whole;
        longer.insert(longer.end(), tail.begin(), tail.end());
        save(segment, longer);
        std::uint64_t end = 0;
        BOOST_TEST(!opening(at, &end));
        BOOST_TEST(end == 10u);
        BOOST_TEST(load(segment).size() == whole.size());
    }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_segment_is_found) {
    log_fixture at;
    create(at);
    filled(at, 8, 40, "p", 900); // a sealed segment and an active one
    for (const int which : {0, 1}) {
        const auto segment = segment_of(at, "s", which);
        const bytes whole = load(segment);
        for (std::size_t n = 0; n < whole.size(); ++n) {
            bytes damaged = whole;
            damaged[n] = static_cast<char>(damaged[n] ^ (1 << (n % 8)));
            save(segment, damaged);
            BOOST_TEST_REQUIRE(!verifies(at), "segment " << which << ", byte " << n);
        }
        save(segment, whole);
    }
    BOOST_TEST(verifies(at));
}

BOOST_AUTO_TEST_CASE(a_flipped_body_is_never_read) {
    log_fixture at;
    create(at);
    filled(at, 20, 1000);
    const auto segment = segment_of(at, "s");
    bytes damaged = load(segment);
    damaged[damaged.size() / 2] ^= 16;
    save(segment, damaged);
    BOOST_TEST(events_readable(at) == std::size_t(-1));
}

BOOST_AUTO_TEST_CASE(fingerprints_are_those_of_the_last_record_before) {
    log_fixture at;
    create(at);
    filled(at, 30, 100, "", 1500);
    auto look = [&]() -> task<void> {
        auto store = at.store();
        auto in = (co_await store.open_reader("s")).value();
        BOOST_TEST((co_await in->fingerprint(position{})).value() == 0u);
        for (const std::int64_t n : {1, 7, 29, 30}) {
            const auto built = small_events(position{0, n - 1, 0}, 1, 100);
            BOOST_TEST(
                (co_await in->fingerprint(position{0, n, 0})).value() ==
                crc64nvme(built.front().batch.body)
            );
        }
    };
    at.run(look());
}

BOOST_AUTO_TEST_CASE(cursors_are_kept_and_held_by_one) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        auto in = (co_await store.open_reader("s")).value();
        {
            auto held = (co_await in->open_cursor("export-a")).value();
            BOOST_TEST(!held->at(0).has_value());
            (co_await held->move(position{0, 5, 7})).value();
            (co_await held->move(position{0, 4, 0})).value();
            BOOST_TEST(((co_await in->open_cursor("export-a")).error().code == stream_errc::locked)
            );
            BOOST_TEST((co_await in->open_cursor("export-b")).has_value());
        }
        auto again = (co_await in->open_cursor("export-a")).value();
        BOOST_TEST((again->at(0) == position{0, 4, 0}));
        BOOST_TEST(!(co_await in->open_cursor("../x")).has_value());
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_sealed_segment_that_is_cut_or_gone_stops_the_writer) {
    log_fixture at;
    create(at);
    filled(at, 12, 100, "", 600);
    for (const int which : {0, 1}) {
        const auto segment = segment_of(at, "s", which);
        const bytes whole = load(segment);
        for (const std::size_t lost : {std::size_t{1}, std::size_t{64}, whole.size() - 8}) {
            save(segment, bytes(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(lost)));
            BOOST_TEST((opening(at) == stream_errc::damaged), which << ", " << lost);
        }
        bytes longer = whole;
        longer.push_back('x');
        save(segment, longer);
        BOOST_TEST((opening(at) == stream_errc::damaged));
        save(segment, whole);
    }
    const bytes middle = load(segment_of(at, "s", 1));
    std::filesystem::remove(segment_of(at, "s", 1));
    BOOST_TEST((opening(at) == stream_errc::damaged));
}

BOOST_AUTO_TEST_CASE(a_segment_from_another_history_does_not_fit_in) {
    log_fixture at;
    create(at);
    filled(at, 2, 100, "", 600);
    const auto folder = at.folder / "s", aside = at.folder / "aside";
    std::filesystem::copy(folder, aside, std::filesystem::copy_options::recursive);
    filled(at, 4, 100, "", 600);
    const bytes other = load(segment_of(at, "s", 0));
    std::filesystem::remove_all(folder);
    std::filesystem::rename(aside, folder);
    filled(at, 4, 150, "", 600);
    BOOST_TEST(!opening(at));
    BOOST_TEST_REQUIRE((load(segment_of(at, "s", 0)) != other));
    save(segment_of(at, "s", 0), other); // whole and sealed, but not what the next one follows
    BOOST_TEST((opening(at) == stream_errc::damaged));
}

BOOST_AUTO_TEST_CASE(segments_begin_while_other_appends_wait_and_order_is_kept) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        options.segment_bytes = 700; // a new one for every few
        auto to = (co_await store.open_writer("s", options)).value();
        const auto built = small_events(position{}, 40, 100);
        const auto steps = steps_of(built);
        std::size_t refused = 0;
        auto one = [&](std::size_t n) -> task<void> {
            const std::span<const append_step> step(&steps[n], 1);
            const auto done = co_await to->append(0, step);
            refused += done ? 0 : 1;
        };
        task_group group(at.context.get_executor());
        for (std::size_t n = 0; n < steps.size(); ++n)
            group.spawn([&one, n] { return one(n); });
        co_await group.join();
        BOOST_TEST(refused == 0u);
        (co_await to->close()).value();
    };
    at.run(play());
    BOOST_TEST(events_readable(at) == 40u);
    BOOST_TEST(verifies(at));
    // Nobody began one that the append before it had begun already.
    BOOST_TEST(load(segment_of(at, "s")).size() >= 700u);
}

BOOST_AUTO_TEST_CASE(an_append_that_is_cancelled_harms_nothing) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        options.segment_bytes = 700;
        auto to = (co_await store.open_writer("s", options)).value();
        for (int round = 0; round < 30; ++round) {
            const position from = to->tail(0).end;
            const auto built = small_events(from, 3, 100);
            const auto steps = steps_of(built);
            auto one = [&](std::size_t n) -> task<void> {
                const std::span<const append_step> step(&steps[n], 1);
                const auto done = co_await to->append(0, step);
                BOOST_TEST(done.has_value());
            };
            task_group group(at.context.get_executor());
            for (std::size_t n = 0; n < steps.size(); ++n)
                group.spawn([&one, n] { return one(n); });
            for (int n = 0; n < round % 7; ++n)
                co_await sleep_for(std::chrono::milliseconds(0));
            group.cancel();
            co_await group.join();
        }
        const auto last = small_events(to->tail(0).end, 1, 100);
        const auto steps = steps_of(last);
        (co_await to->append(0, steps)).value();
        (co_await to->close()).value();
    };
    at.run(play());
    BOOST_TEST(verifies(at));
    std::uint64_t end = 0;
    BOOST_TEST(!opening(at, &end));
    BOOST_TEST(events_readable(at) == end);
}

BOOST_AUTO_TEST_CASE(a_reader_that_waits_is_woken_by_an_append) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        auto in = (co_await store.open_reader("s")).value();
        const auto none = co_await in->wait_beyond(position{}, deadline::at({}));
        BOOST_TEST((none.value() == position{})); // the deadline has passed
        std::vector<std::int64_t> seen;
        auto follow = [&]() -> task<void> {
            position end;
            while (end.sequence < 6) {
                end = (co_await in->wait_beyond(end, deadline::never())).value();
                seen.push_back(end.sequence);
            }
        };
        auto produce = [&]() -> task<void> {
            log_writer_options options;
            auto to = (co_await store.open_writer("s", options)).value();
            for (int n = 0; n < 3; ++n) {
                const auto built = small_events(to->tail(0).end, 2, 10);
                (co_await to->append(0, steps_of(built))).value();
            }
            (co_await to->close()).value();
        };
        task_group group(at.context.get_executor());
        group.spawn([&] { return follow(); });
        group.spawn([&] { return produce(); });
        co_await group.join();
        BOOST_TEST_REQUIRE(!seen.empty());
        BOOST_TEST(seen.back() == 6);
        BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_cancelled_leaves_the_reader_usable) {
    log_fixture at;
    create(at);
    filled(at, 2);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        auto in = (co_await store.open_reader("s")).value();
        auto follow = [&]() -> task<void> {
            const auto never = co_await in->wait_beyond(position{0, 2, 0}, deadline::never());
            BOOST_TEST(never.has_value());
        };
        task_group group(at.context.get_executor());
        group.spawn([&] { return follow(); });
        co_await sleep_for(std::chrono::milliseconds(0));
        group.cancel();
        co_await group.join();
        BOOST_TEST(((co_await in->bounds(0)).value().end == position{0, 2, 0}));
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(several_appends_in_flight_take_effect_in_order) {
    log_fixture at;
    create(at);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        const auto built = small_events(position{}, 20, 100);
        task_group group(at.context.get_executor());
        for (const auto& each : built) {
            auto steps = std::make_shared<std::vector<append_step>>(1);
            steps->front().batch = each.batch;
            group.spawn([&to, steps] { return append_all(*to, *steps); });
        }
        co_await group.join();
        BOOST_TEST((to->tail(0).end == position{0, 20, 0}));
        (co_await to->close()).value();
    };
    at.run(play());
    BOOST_TEST(events_readable(at) == 20u);
}

BOOST_AUTO_TEST_SUITE_END()
