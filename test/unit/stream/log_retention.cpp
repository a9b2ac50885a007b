// The embedded log: what is removed, what cursors hold, and what is kept of what is gone.
#include "core/log_trim.hpp"
#include "crash_disk.hpp"
#include "forwarding_files.hpp"
#include "log_fixture.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr std::uint64_t kept_segment = 1000; // three events of 250 bytes

task<void> make_kept(log_store store, log_create_options options) {
    auto made = co_await store.create("s", options);
    made.value();
}

/// Appends `count` events with their position as progress, one at a time; how many there are then.
task<std::int64_t> add_kept(log_store store, int count) {
    log_writer_options options;
    options.segment_bytes = kept_segment;
    auto opened = co_await store.open_writer("s", options);
    if (!opened) co_return -1;
    std::unique_ptr<writer> to = std::move(*opened);
    for (int n = 0; n < count; ++n) {
        const auto built = small_events(to->tail(0).end, 1, 250);
        const auto steps = steps_of(built, to_string(built.front().batch.next));
        auto done = co_await to->append(0, steps);
        if (!done) break;
    }
    const std::int64_t end = to->tail(0).end.sequence;
    auto closed = co_await to->close();
    closed.value();
    co_return end;
}

void fill_kept(log_fixture& at, int count, log_create_options options = {}) {
    at.run(make_kept(at.store(), options));
    BOOST_TEST_REQUIRE(at.run(add_kept(at.store(), count)) == count);
}

log_trimmed_partition trim_kept(log_fixture& at, const log_trim_request& request) {
    auto trim = [&]() -> task<log_trimmed_partition> {
        auto store = at.store();
        auto trimmed = co_await store.trim("s", request);
        co_return trimmed.value().at(0);
    };
    return at.run(trim());
}

position first_kept(log_fixture& at) {
    auto look = [&]() -> task<position> {
        auto store = at.store();
        auto in = co_await store.open_reader("s");
        auto bounds = co_await (*in)->bounds(0);
        co_return bounds.value().first;
    };
    return at.run(look());
}

void place_cursor(log_fixture& at, const std::string& name, std::optional<position> place) {
    auto put = [&]() -> task<void> {
        auto store = at.store();
        auto in = (co_await store.open_reader("s")).value();
        auto held = (co_await in->open_cursor(name)).value();
        if (place) (co_await held->move(*place)).value();
    };
    at.run(put());
}

bool whole_kept(log_fixture& at) {
    auto check = [&]() -> task<bool> {
        auto store = at.store();
        auto verdict = co_await store.verify("s");
        for (const std::string& each : verdict.value().problems)
            BOOST_TEST_MESSAGE(each);
        co_return verdict->problems.empty();
    };
    return at.run(check());
}

const log_trim_request all_of_it = [] {
    log_trim_request request;
    request.before = 1 << 30;
    return request;
}();

} // namespace

BOOST_AUTO_TEST_SUITE(log_retention)

BOOST_AUTO_TEST_CASE(the_rules_are_arithmetic) {
    using namespace std::chrono_literals;
    log::segment_facts segment;
    segment.end = position{0, 100, 0};
    segment.bytes_behind = 5000;
    segment.age = 10s;
    log::trim_rules rules;
    BOOST_TEST(!log::is_surplus(segment, rules));
    rules.keep.bytes = 5001;
    BOOST_TEST(!log::is_surplus(segment, rules));
    rules.keep.bytes = 5000;
    BOOST_TEST(log::is_surplus(segment, rules));
    rules.keep.bytes.reset();
    rules.keep.age = 10s;
    BOOST_TEST(!log::is_surplus(segment, rules));
    rules.keep.age = 9s;
    BOOST_TEST(log::is_surplus(segment, rules));
    rules.keep.age.reset();
    rules.before = position{0, 99, 0};
    BOOST_TEST(!log::is_surplus(segment, rules));
    rules.before = position{0, 100, 0};
    BOOST_TEST(log::is_surplus(segment, rules));

    BOOST_TEST(log::is_held(segment, std::nullopt, rules)); // it will begin with the first event
    BOOST_TEST(log::is_held(segment, position{0, 99, 5}, rules));
    BOOST_TEST(!log::is_held(segment, position{0, 100, 0}, rules));
    rules.keep.max_lag = 5001;
    BOOST_TEST(log::is_held(segment, position{0, 99, 5}, rules));
    rules.keep.max_lag = 5000;
    BOOST_TEST(!log::is_held(segment, position{0, 99, 5}, rules));
    BOOST_TEST(!log::is_held(segment, std::nullopt, rules));
}

BOOST_AUTO_TEST_CASE(a_stream_with_a_limit_stays_small_by_itself_and_loses_no_progress) {
    log_fixture at;
    log_create_options options;
    options.retention.bytes = 3000;
    fill_kept(at, 60, options);
    std::uintmax_t bytes = 0;
    for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
        if (each.path().extension() == ".log") bytes += each.file_size();
    BOOST_TEST(bytes >= 3000u);
    BOOST_TEST(bytes < 3000u + 3 * kept_segment);
    const position first = first_kept(at);
    BOOST_TEST(first.sequence > 30);
    BOOST_TEST(whole_kept(at));
    auto look = [&]() -> task<void> {
        auto store = at.store();
        auto in = (co_await store.open_reader("s")).value();
        // The event before the first one is gone, but what it was is known.
        const auto gone = small_events(position{0, first.sequence - 1, 0}, 1, 250);
        BOOST_TEST((co_await in->fingerprint(first)).value() == crc64nvme(gone.front().batch.body));
        for (const position& place : {position{}, position{0, first.sequence - 1, 0}}) {
            const auto outline = co_await in->outline(place, position{0, 60, 0});
            BOOST_TEST_REQUIRE(!outline.has_value());
            BOOST_TEST((outline.error().code == stream_errc::out_of_range));
            BOOST_TEST(
                outline.error().where.find("the stream begins at " + to_string(first)) !=
                std::string::npos
            );
            const auto print = co_await in->fingerprint(place);
            BOOST_TEST((print.error().code == stream_errc::out_of_range));
        }
    };
    at.run(look());
}

BOOST_AUTO_TEST_CASE(the_last_progress_outlives_every_batch_that_carried_one) {
    log_fixture at;
    fill_kept(at, 30);
    auto more = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        options.segment_bytes = kept_segment;
        auto to = (co_await store.open_writer("s", options)).value();
        for (int n = 0; n < 8; ++n) { // none of these carries one
            const auto built = small_events(to->tail(0).end, 1, 250);
            (co_await to->append(0, steps_of(built))).value();
        }
        (co_await to->close()).value();
    };
    at.run(more());
    const auto trimmed = trim_kept(at, all_of_it);
    BOOST_TEST(trimmed.segments > 8u);
    BOOST_TEST(trimmed.first.sequence > 33);
    auto reopen = [&]() -> task<void> {
        auto store = at.store();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        BOOST_TEST(to->tail(0).last_progress == "0/30");
        BOOST_TEST((to->tail(0).end == position{0, 38, 0}));
        (co_await to->close()).value();
    };
    at.run(reopen());
    BOOST_TEST(whole_kept(at));
}

BOOST_AUTO_TEST_CASE(what_is_old_goes) {
    log_fixture at;
    log_create_options options;
    options.retention.age = std::chrono::hours(1);
    fill_kept(at, 12, options);
    BOOST_TEST(trim_kept(at, log_trim_request()).segments == 0u);
    std::vector<std::filesystem::path> segments;
    for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
        if (each.path().extension() == ".log") segments.push_back(each.path());
    std::sort(segments.begin(), segments.end());
    BOOST_TEST_REQUIRE(segments.size() > 3u);
    for (int n : {0, 1, 2})
        std::filesystem::last_write_time(
            segments[static_cast<std::size_t>(n)],
            std::filesystem::file_time_type::clock::now() - std::chrono::hours(2)
        );
    log_trim_request look;
    look.look_only = true;
    BOOST_TEST(trim_kept(at, look).segments == 3u);
    BOOST_TEST((first_kept(at) == position{}));
    BOOST_TEST(trim_kept(at, log_trim_request()).segments == 3u);
    BOOST_TEST(first_kept(at).sequence > 0);
    BOOST_TEST(whole_kept(at));
}

BOOST_AUTO_TEST_CASE(what_a_cursor_needs_stays) {
    log_fixture at;
    fill_kept(at, 30);
    place_cursor(at, "slow", position{0, 10, 0});
    place_cursor(at, "fast", position{0, 29, 0});
    auto trimmed = trim_kept(at, all_of_it);
    BOOST_TEST(trimmed.first.sequence > 3);
    BOOST_TEST(trimmed.first.sequence <= 10);
    BOOST_TEST((trimmed.held_by == std::vector<std::string>{"slow"}));
    BOOST_TEST(trimmed.passed.empty());
    place_cursor(at, "new", std::nullopt); // it has no place: it needs all there is
    place_cursor(at, "slow", position{0, 30, 0});
    trimmed = trim_kept(at, all_of_it);
    BOOST_TEST(trimmed.segments == 0u);
    BOOST_TEST((trimmed.held_by == std::vector<std::string>{"new"}));

    auto forget = [&]() -> task<void> {
        auto store = at.store();
        const auto known = (co_await store.cursors("s")).value();
        BOOST_TEST_REQUIRE(known.size() == 3u);
        BOOST_TEST(known[0].name == "fast");
        BOOST_TEST(known[0].partitions[0].sequences == 1u);
        BOOST_TEST(!known[1].partitions[0].at.has_value());
        BOOST_TEST(known[1].partitions[0].sequences == 30u - 9u);
        BOOST_TEST(known[1].partitions[0].bytes > 7 * kept_segment);
        BOOST_TEST(known[2].partitions[0].bytes == 0u);
        auto in = (co_await store.open_reader("s")).value();
        {
            const auto held = (co_await in->open_cursor("new")).value();
            BOOST_TEST((co_await store.cursors("s")).value()[1].in_use);
            const auto busy = co_await store.remove_cursor("s", "new");
            BOOST_TEST((busy.error().code == stream_errc::locked));
        }
        BOOST_TEST(!(co_await store.cursors("s")).value()[1].in_use);
        (co_await store.remove_cursor("s", "new")).value();
        const auto none = co_await store.remove_cursor("s", "new");
        BOOST_TEST((none.error().code == stream_errc::no_such_cursor));
        BOOST_TEST(!(co_await store.remove_cursor("s", "../LOCK")).has_value());
    };
    BOOST_TEST_REQUIRE((first_kept(at) == position{0, 9, 0}));
    at.run(forget());
    trimmed = trim_kept(at, all_of_it);
    BOOST_TEST(trimmed.held_by.empty()); // the last segment is nobody's to hold
    BOOST_TEST(trimmed.first.sequence > 20);
}

BOOST_AUTO_TEST_CASE(a_cursor_may_lag_so_much_and_no_more) {
    log_fixture at;
    log_create_options options;
    options.retention.bytes = 1;
    options.retention.max_lag = 4000;
    at.run(make_kept(at.store(), options));
    place_cursor(at, "dead", position{0, 1, 0});
    BOOST_TEST(at.run(add_kept(at.store(), 8)) == 8);
    BOOST_TEST((first_kept(at) == position{})); // it lags less than it may
    BOOST_TEST(at.run(add_kept(at.store(), 40)) == 48);
    const position first = first_kept(at);
    BOOST_TEST(first.sequence > 30);
    BOOST_TEST(first.sequence < 40);
    log_trim_request request = all_of_it;
    request.keep.max_lag = 0; // nobody is waited for
    const auto trimmed = trim_kept(at, request);
    BOOST_TEST((trimmed.passed == std::vector<std::string>{"dead"}));
    BOOST_TEST(trimmed.held_by.empty());
    BOOST_TEST(trimmed.first.sequence > 44);
}

BOOST_AUTO_TEST_CASE(a_reader_whose_place_is_removed_under_it_is_told) {
    log_fixture at;
    fill_kept(at, 30);
    auto play = [&]() -> task<void> {
        auto store = at.store();
        auto in = (co_await store.open_reader("s")).value();
        const position end{0, 30, 0};
        const auto begun = (co_await in->outline(position{}, end)).value();
        const auto trimmed = (co_await store.trim("s", all_of_it)).value().at(0);
        // What it has open it may read to its end; behind that there is a gap, not an end.
        byte_vector body(begun.body_bytes);
        BOOST_TEST((co_await in->read(begun, body)).has_value());
        const auto behind = co_await in->outline(begun.next, end);
        BOOST_TEST_REQUIRE(!behind.has_value());
        BOOST_TEST((behind.error().code == stream_errc::out_of_range));
        BOOST_TEST(
            behind.error().where.find("begins at " + to_string(trimmed.first)) != std::string::npos
        );
        const auto rest = (co_await in->outline(trimmed.first, end)).value();
        BOOST_TEST(rest.events > 0u);
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(nothing_is_removed_that_nobody_asked_to_remove) {
    log_fixture at;
    fill_kept(at, 30);
    auto ask = [&]() -> task<void> {
        auto store = at.store();
        const auto refused = co_await store.trim("s", log_trim_request());
        BOOST_TEST((refused.error().code == errc::invalid_argument));
        BOOST_TEST(refused.error().where.find("--before") != std::string::npos);
    };
    at.run(ask());
    log_trim_request other;
    other.before = 20;
    other.partition = 7;
    BOOST_TEST(trim_kept(at, other).segments == 0u);
    log_trim_request some;
    some.before = 9;
    BOOST_TEST((trim_kept(at, some).first == position{0, 9, 0}));
}

namespace {

/// Notes whether the lock of cursors was held whenever a segment went or a cursor came.
class watched_files final : public forwarding_files {
  public:
    log::path lock;
    int removed = 0, begun = 0, unguarded = 0;

    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        if (mode == log::open_mode::create && name.parent_path().filename() == "cursors") {
            ++begun;
            look();
        }
        return forwarding_files::open(name, mode);
    }
    result<void> remove(const log::path& name) override {
        if (name.extension() == ".log") {
            ++removed;
            look();
        }
        return forwarding_files::remove(name);
    }

  private:
    void look() {
        auto opened = log::real_files().open(lock, log::open_mode::create);
        if (opened.value()->try_lock().value()) ++unguarded;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(cursors_begin_and_segments_go_under_one_lock) {
    log_fixture at;
    watched_files files;
    files.lock = at.folder / "s" / "cursors.lock";
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    log_create_options options;
    options.retention.bytes = 1000;
    at.run(make_kept(store, options));
    at.run(add_kept(store, 20));
    BOOST_TEST(files.removed > 3);
    auto play = [&]() -> task<void> {
        auto in = (co_await store.open_reader("s")).value();
        const auto held = (co_await in->open_cursor("c")).value();
        log_trim_request request = all_of_it;
        request.keep.max_lag = 0;
        (co_await store.trim("s", request)).value();
    };
    at.run(play());
    BOOST_TEST(files.begun == 1);
    BOOST_TEST(files.unguarded == 0);
}

BOOST_AUTO_TEST_CASE(wherever_the_power_fails_a_trimmed_stream_has_no_hole) {
    for (int point = 1; point < 60; ++point) {
        BOOST_TEST_CONTEXT("point " << point) {
            log_fixture at;
            crash_disk disk(static_cast<unsigned>(point));
            const auto on = at.context.get_executor();
            log_store store(at.folder, on, on, disk);
            at.run(make_kept(store, log_create_options()));
            BOOST_TEST_REQUIRE(at.run(add_kept(store, 15)) == 15);
            disk.fail_at(point);
            auto cut_short = [&]() -> task<bool> {
                const auto trimmed = co_await store.trim("s", all_of_it);
                co_return trimmed.has_value();
            };
            const bool finished = at.run(cut_short());
            BOOST_TEST_REQUIRE(finished != disk.failed());
            disk.restart();
            BOOST_TEST_REQUIRE(at.run(add_kept(store, 4)) == 19);
            auto check = [&]() -> task<void> {
                const auto verdict = (co_await store.verify("s")).value();
                BOOST_TEST_REQUIRE(
                    verdict.problems.empty(),
                    (verdict.problems.empty() ? "" : verdict.problems.front())
                );
                log_writer_options options;
                auto to = (co_await store.open_writer("s", options)).value();
                BOOST_TEST_REQUIRE(to->tail(0).last_progress == "0/19");
                (co_await to->close()).value();
            };
            at.run(check());
            if (finished) return;
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
