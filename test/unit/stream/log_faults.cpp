// The embedded log on a disk that fails.
#include "failing_files.hpp"
#include "log_fixture.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

using namespace sluice;
using namespace sluice::test;

namespace {

std::uintmax_t bytes_of_segments(const log_fixture& at) {
    std::uintmax_t bytes = 0;
    for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
        if (each.path().extension() == ".log") bytes += each.file_size();
    return bytes;
}

/// Appends until something fails or `count` events are in; returns how many were acknowledged.
task<std::int64_t> append_some(log_store store, int count, error_code& why) {
    log_writer_options options;
    options.segment_bytes = 1500;
    auto opened = co_await store.open_writer("s", options);
    if (!opened) {
        why = opened.error().code;
        co_return -1;
    }
    std::int64_t acknowledged = (*opened)->tail(0).end.sequence;
    for (int n = 0; n < count; ++n) {
        const auto built = small_events((*opened)->tail(0).end, 1, 200);
        const auto steps = steps_of(built, "progress");
        auto done = co_await (*opened)->append(0, steps);
        if (!done) {
            why = done.error().code;
            break;
        }
        acknowledged = (*opened)->tail(0).end.sequence;
    }
    const auto closed = co_await (*opened)->close();
    if (!closed && !why) why = closed.error().code;
    co_return acknowledged;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_faults)

namespace {

/// Appends with the n-th call failing, for each n; then goes on without failures.
void append_while_each_call_fails(const std::string& codec, errc code, bool everything) {
    for (int n = 1;; ++n) {
        log_fixture at;
        fault plan;
        plan.code = code;
        failing_files files(plan);
        log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
        auto make = [&]() -> task<void> {
            log_create_options options;
            options.codec = codec;
            (co_await store.create("s", options)).value();
        };
        at.run(make());
        plan.everything = everything;
        plan.at = n;
        plan.calls = 0;
        error_code why;
        const std::int64_t acknowledged =
            std::max<std::int64_t>(0, at.run(append_some(store, 12, why)));
        const bool failed = plan.at == 0;
        // Nobody is told of what retention could not look at or remove.
        const bool harmless = (plan.in_advance || everything) && !why && acknowledged == 12;
        BOOST_TEST_REQUIRE((failed && !harmless) == static_cast<bool>(why), "call " << n);
        plan.at = -1;
        error_code again;
        const std::int64_t end = at.run(append_some(store, 3, again));
        BOOST_TEST_REQUIRE(!again, "call " << n << ": " << again.message());
        BOOST_TEST_REQUIRE(end >= acknowledged + 3, "call " << n);
        auto check = [&]() -> task<bool> {
            auto verdict = co_await store.verify("s");
            co_return verdict && verdict->problems.empty() &&
                verdict->events == static_cast<std::uint64_t>(end);
        };
        BOOST_TEST_REQUIRE(at.run(check()), "call " << n);
        if (!failed) break;
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(whichever_call_fails_nothing_acknowledged_is_lost_and_a_restart_goes_on) {
    for (const char* codec : {"none", "zstd"}) {
        append_while_each_call_fails(codec, errc::disk_full, false);
        append_while_each_call_fails(codec, errc::io_error, false);
        append_while_each_call_fails(codec, errc::disk_full, true);
        append_while_each_call_fails(codec, errc::io_error, true);
    }
}

namespace {

/// Two partitions, the first of some segments, and no failure.
task<void> make_several_segments(log_store store, std::string codec) {
    log_create_options options;
    options.partitions = 2;
    options.codec = codec;
    (co_await store.create("s", options)).value();
    log_writer_options writing;
    writing.segment_bytes = 600;
    auto to = (co_await store.open_writer("s", writing)).value();
    for (int n = 0; n < 8; ++n) {
        const auto built = small_events(to->tail(0).end, 1, 200);
        const auto steps = steps_of(built);
        (co_await to->append(0, steps)).value();
    }
    (co_await to->close()).value();
}

/// What may be done to a stream; a second time with success when the first one failed.
using deed = task<error_code> (*)(log_store store, std::string codec);

task<error_code> create_it(log_store store, std::string codec) {
    log_create_options options;
    options.codec = codec;
    const auto made = co_await store.create("s", options);
    if (made || made.error().code == stream_errc::stream_exists) co_return error_code();
    co_return made.error().code;
}

/// A move that was acknowledged is there when the cursor is opened again, one that failed may be.
task<error_code> move_a_cursor(log_store store, std::string) {
    auto in = co_await store.open_reader("s");
    if (!in) co_return in.error().code;
    std::int64_t at = 0;
    for (int round = 0; round < 2; ++round) {
        auto held = co_await (*in)->open_cursor("export");
        if (!held) co_return held.error().code;
        const std::int64_t before = (*held)->at(0) ? (*held)->at(0)->sequence : 0;
        BOOST_TEST_REQUIRE((round == 0 ? before <= 4 : before == at));
        at = before + 1;
        const auto moved = co_await (*held)->move(position{0, at, 0});
        if (!moved) co_return moved.error().code;
    }
    co_return error_code();
}

task<error_code> trim_it(log_store store, std::string) {
    log_trim_request request;
    request.before = 5;
    const auto trimmed = co_await store.trim("s", request);
    if (!trimmed) co_return trimmed.error().code;
    BOOST_TEST_REQUIRE((*trimmed)[0].first.sequence > 0);
    co_return error_code();
}

task<error_code> give_it_up(log_store store, std::string) {
    const auto losses = co_await store.give_up_damaged("s", false);
    co_return losses ? error_code() : losses.error().code;
}

task<error_code> append_to_it(log_store store, std::string) {
    error_code why;
    co_await append_some(store, 1, why);
    co_return why;
}

/// Does it while the n-th call fails, for each n, and then without failure. Returns how often the
/// failure was told.
int do_while_each_call_fails(deed what, const std::string& codec, bool there, bool damaged) {
    int told = 0;
    for (int n = 1;; ++n) {
        log_fixture at;
        fault plan;
        plan.code = n % 2 == 0 ? errc::disk_full : errc::io_error;
        plan.everything = true;
        failing_files files(plan);
        const auto on = at.context.get_executor();
        log_store store(at.folder / "new" / "streams", on, on, files);
        if (there) at.run(make_several_segments(store, codec));
        if (damaged) {
            std::vector<log::path> segments;
            for (const auto& each :
                 std::filesystem::directory_iterator(at.folder / "new" / "streams" / "s" / "p=0"))
                if (each.path().extension() == ".log") segments.push_back(each.path());
            std::ranges::sort(segments);
            std::fstream(segments.at(1), std::ios::binary | std::ios::in | std::ios::out)
                .seekp(static_cast<std::streamoff>(std::filesystem::file_size(segments[1]) / 2))
                .write("damaged!", 8);
        }
        plan.at = n;
        const error_code why = at.run(what(store, codec));
        const bool failed = plan.at == 0;
        plan.at = -1;
        BOOST_TEST_REQUIRE((!why || failed), "call " << n << ": " << why.message());
        if (why) ++told;
        const error_code again = at.run(what(store, codec));
        BOOST_TEST_REQUIRE(!again, "call " << n << ": " << again.message());
        const error_code more = at.run(append_to_it(store, codec));
        BOOST_TEST_REQUIRE(!more, "call " << n << ": " << more.message());
        auto check = [&]() -> task<void> {
            const auto verdict = (co_await store.verify("s")).value();
            BOOST_TEST_REQUIRE(verdict.problems.empty(), "call " << n);
            if (there && !damaged && what != trim_it) BOOST_TEST_REQUIRE(verdict.events == 9u);
        };
        at.run(check());
        if (!failed) return told;
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(whatever_is_done_while_a_call_fails_can_be_done_again) {
    for (const char* codec : {"none", "zstd"}) {
        BOOST_TEST(do_while_each_call_fails(create_it, codec, false, false) > 12);
        BOOST_TEST(do_while_each_call_fails(move_a_cursor, codec, true, false) > 8);
        BOOST_TEST(do_while_each_call_fails(trim_it, codec, true, false) > 6);
        BOOST_TEST(do_while_each_call_fails(give_it_up, codec, true, true) > 12);
    }
}

BOOST_AUTO_TEST_CASE(a_partition_that_failed_stops_neither_the_others_nor_other_streams) {
    log_fixture at;
    fault plan;
    plan.code = errc::io_error;
    failing_files files(plan);
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    auto play = [&]() -> task<void> {
        log_create_options two;
        two.partitions = 2;
        (co_await store.create("s", two)).value();
        (co_await store.create("other", log_create_options())).value();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        auto other = (co_await store.open_writer("other", options)).value();
        plan.at = 2; // the sync
        const auto first = small_events(position{}, 1, 100);
        const auto refused = co_await to->append(0, steps_of(first));
        BOOST_TEST_REQUIRE((plan.at == 0 && refused.has_error()));
        for (std::int64_t n = 0; n < 3; ++n) {
            BOOST_TEST(!(co_await to->append(0, steps_of(first))).has_value());
            const auto in_second = small_events(position{1, n, 0}, 1, 100);
            BOOST_TEST((co_await to->append(1, steps_of(in_second))).has_value());
            const auto in_other = small_events(position{0, n, 0}, 1, 100);
            BOOST_TEST((co_await other->append(0, steps_of(in_other))).has_value());
        }
        (co_await to->close()).value();
        (co_await other->close()).value();
        BOOST_TEST((co_await store.verify("s")).value().problems.empty());
        BOOST_TEST((co_await store.verify("other")).value().events == 3u);
        auto again = (co_await store.open_writer("s", options)).value();
        const auto next = small_events(again->tail(0).end, 1, 100);
        BOOST_TEST((co_await again->append(0, steps_of(next))).has_value());
        (co_await again->close()).value();
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(after_a_full_disk_the_same_writer_goes_on) {
    log_fixture at;
    fault plan;
    failing_files files(plan);
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    auto play = [&]() -> task<void> {
        (co_await store.create("s", log_create_options())).value();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        const auto first = small_events(position{}, 2, 100);
        (co_await to->append(0, steps_of(first))).value();
        const auto more = small_events(position{0, 2, 0}, 2, 100);
        const auto before = bytes_of_segments(at);
        plan.at = 1;
        BOOST_TEST(((co_await to->append(0, steps_of(more))).error().code == errc::disk_full));
        BOOST_TEST(bytes_of_segments(at) == before);
        (co_await to->append(0, steps_of(more))).value();
        BOOST_TEST((to->tail(0).end == position{0, 4, 0}));
        (co_await to->close()).value();
        BOOST_TEST((co_await store.verify("s")).value().problems.empty());
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_sync_that_failed_ends_the_writer) {
    log_fixture at;
    fault plan;
    plan.code = errc::io_error;
    failing_files files(plan);
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    auto play = [&]() -> task<void> {
        (co_await store.create("s", log_create_options())).value();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        (co_await to->append(0, steps_of(small_events(position{}, 1, 100)))).value();
        plan.at = 2; // the write succeeds, its sync does not
        BOOST_TEST(
            ((co_await to->append(0, steps_of(small_events(position{0, 1, 0}, 1, 100))))
                 .error()
                 .code == errc::io_error)
        );
        BOOST_TEST(std::filesystem::exists(plan.file), plan.file); // told by the name it has now
        BOOST_TEST(
            !(co_await to->append(0, steps_of(small_events(position{0, 2, 0}, 1, 100)))).has_value()
        );
    };
    at.run(play());
}

// Some file systems tell only then that something is lost.
BOOST_AUTO_TEST_CASE(what_closing_a_relaxed_stream_tells_is_told) {
    for (const errc code : {errc::io_error, errc::disk_full})
        for (const int at_close : {1, 2, 3}) { // of the segment, the watermark, the other segment
            log_fixture at;
            fault plan;
            plan.code = code;
            failing_files files(plan);
            const auto on = at.context.get_executor();
            log_store store(at.folder, on, at.blocking.get_executor(), files);
            auto play = [&]() -> task<void> {
                log_create_options relaxed;
                relaxed.relaxed = true;
                relaxed.partitions = 2;
                (co_await store.create("s", relaxed)).value();
                log_writer_options options;
                auto to = (co_await store.open_writer("s", options)).value();
                for (const std::uint32_t n : {0u, 1u}) {
                    const auto built = small_events(position{n, 0, 0}, 2, 100);
                    (co_await to->append(n, steps_of(built))).value();
                }
                plan.only = "close";
                plan.at = at_close;
                const auto closed = co_await to->close();
                BOOST_TEST_REQUIRE(closed.has_error());
                BOOST_TEST((closed.error().code == code));
                const std::string partition = at_close == 3 ? "/p=1/" : "/p=0/";
                BOOST_TEST(closed.error().where.find(partition) != std::string::npos);
                const bool of_segment = plan.file.extension() == ".log";
                const auto lost = closed.error().where.find("may be lost");
                BOOST_TEST((lost != std::string::npos) == of_segment);
                // The lock is free all the same, and all the files are closed.
                auto next = (co_await store.open_writer("s", options)).value();
                BOOST_TEST((next->tail(1).end == position{1, 2, 0}));
                (co_await next->close()).value();
            };
            at.run(play());
        }
}

BOOST_AUTO_TEST_CASE(a_full_segment_that_cannot_be_closed_ends_the_writer) {
    for (const errc code : {errc::io_error, errc::disk_full}) {
        log_fixture at;
        fault plan;
        plan.code = code;
        failing_files files(plan);
        const auto on = at.context.get_executor();
        log_store store(at.folder, on, at.blocking.get_executor(), files);
        auto play = [&]() -> task<void> {
            log_create_options two;
            two.partitions = 2;
            (co_await store.create("s", two)).value();
            log_writer_options options;
            options.segment_bytes = 400;
            auto to = (co_await store.open_writer("s", options)).value();
            const auto first = small_events(position{}, 1, 500);
            (co_await to->append(0, steps_of(first))).value();
            plan.only = "close";
            plan.at = 1;
            const auto second = small_events(position{0, 1, 0}, 1, 100);
            BOOST_TEST(((co_await to->append(0, steps_of(second))).error().code == code));
            BOOST_TEST_REQUIRE(plan.at == 0);
            BOOST_TEST(((co_await to->append(0, steps_of(second))).error().code == code));
            const auto other = small_events(position{1, 0, 0}, 1, 100);
            BOOST_TEST((co_await to->append(1, steps_of(other))).has_value());
            (co_await to->close()).value();
            to = (co_await store.open_writer("s", options)).value();
            BOOST_TEST((to->tail(0).end == position{0, 1, 0}));
            (co_await to->append(0, steps_of(second))).value();
            (co_await to->close()).value();
            BOOST_TEST((co_await store.verify("s")).value().problems.empty());
        };
        at.run(play());
    }
}

namespace {

/// The n-th read fails, once.
class unreadable_files final : public forwarding_files {
  public:
    int at = -1, open_at = -1;

    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        if (open_at > 0 && --open_at == 0) {
            failure why;
            why.code = errc::io_error;
            why.where = name.string() + ": open: Too many open files";
            return why;
        }
        auto real = log::real_files().open(name, mode);
        if (!real) return real.error();
        return std::unique_ptr<log::file>(std::make_unique<bad_file>(std::move(*real), *this));
    }

  private:
    class bad_file final : public forwarding_file {
      public:
        bad_file(std::unique_ptr<log::file> real, unreadable_files& of)
            : forwarding_file(std::move(real)), of_(of) {}
        result<std::size_t> read(std::uint64_t at, bytes_span into) override {
            if (of_.at <= 0 || --of_.at > 0) return forwarding_file::read(at, into);
            failure why;
            why.code = errc::io_error;
            why.where = name().string() + ": read: Input/output error";
            return why;
        }

      private:
        unreadable_files& of_;
    };
};

/// The sequence up to which a reader got, and why it stopped.
task<std::int64_t> read_up_to(log_store store, failure& why) {
    auto opened = co_await store.open_reader("s");
    if (!opened) {
        why = opened.error();
        co_return 0;
    }
    auto bounds = co_await (*opened)->bounds(0);
    if (!bounds) {
        why = bounds.error();
        co_return 0;
    }
    position from = bounds->first;
    while (from < bounds->end) {
        auto outline = co_await (*opened)->outline(from, bounds->end);
        byte_vector body(outline ? outline->body_bytes : 0);
        result<void> read = outline ? result<void>() : result<void>(outline.error());
        if (outline) read = co_await (*opened)->read(*outline, body);
        if (!read) {
            why = read.error();
            co_return from.sequence;
        }
        if (outline->next == from) break;
        from = outline->next;
    }
    co_return from.sequence;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_told_with_its_range_and_never_skipped) {
    for (const char* codec : {"none", "zstd"}) {
        log_fixture at;
        unreadable_files files;
        log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
        auto make = [&]() -> task<void> {
            log_create_options options;
            options.codec = codec;
            (co_await store.create("s", options)).value();
            log_writer_options writing;
            auto to = (co_await store.open_writer("s", writing)).value();
            for (int n = 0; n < 8; ++n) {
                const auto built = small_events(to->tail(0).end, 3, 100'000, 1 << 20);
                (co_await to->append(0, steps_of(built))).value();
            }
            (co_await to->close()).value();
        };
        at.run(make());
        int ranges = 0;
        for (int n = 1;; ++n) {
            files.at = n;
            failure why;
            const std::int64_t end = at.run(read_up_to(store, why));
            if (files.at > 0) break;
            BOOST_TEST_REQUIRE((why.code == errc::io_error), "read " << n);
            BOOST_TEST_REQUIRE(end < 24);
            const std::string from = "events from 0/" + std::to_string(end);
            const bool of_events = why.where.find(".log: ") != std::string::npos;
            const bool told = why.where.find(from) != std::string::npos;
            BOOST_TEST_REQUIRE(told == of_events, "read " << n << ": " << why.where);
            if (told) ++ranges;
            failure none;
            BOOST_TEST_REQUIRE(at.run(read_up_to(store, none)) == 24); // it was not for ever
        }
        BOOST_TEST(ranges > 4);
        files.at = -1;
    }
}

BOOST_AUTO_TEST_CASE(a_writer_that_cannot_read_what_is_there_changes_nothing) {
    log_fixture at;
    unreadable_files files;
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    auto make = [&]() -> task<void> { (co_await store.create("s", log_create_options())).value(); };
    at.run(make());
    error_code none;
    BOOST_TEST(at.run(append_some(store, 12, none)) == 12);
    for (int n = 1;; ++n) {
        files.at = n;
        error_code why;
        const auto before = bytes_of_segments(at);
        at.run(append_some(store, 0, why));
        BOOST_TEST_REQUIRE(bytes_of_segments(at) == before, "read " << n);
        if (files.at > 0) break;
    }
    files.at = -1;
    // Nor does one that gets no file descriptors take the stream for a new one.
    for (int n = 1;; ++n) {
        files.open_at = n;
        error_code why;
        const auto before = bytes_of_segments(at);
        at.run(append_some(store, 0, why));
        BOOST_TEST_REQUIRE(bytes_of_segments(at) == before, "open " << n);
        if (files.open_at > 0) break;
    }
    files.open_at = -1;
    BOOST_TEST(at.run(append_some(store, 2, none)) == 14);
    BOOST_TEST(!none);
}

BOOST_AUTO_TEST_CASE(while_the_disk_is_full_readers_go_on_and_room_lets_the_writer_go_on) {
    log_fixture at;
    fault plan;
    failing_files files(plan);
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    auto play = [&]() -> task<void> {
        (co_await store.create("s", log_create_options())).value();
        log_writer_options options;
        options.segment_bytes = 400;
        auto to = (co_await store.open_writer("s", options)).value();
        for (int n = 0; n < 10; ++n) {
            const auto built = small_events(to->tail(0).end, 1, 300);
            const auto steps = steps_of(built);
            // Full at the footer, at the new segment's making, writing and naming, at the batch.
            plan.at = 1 + n % 6;
            const auto refused = co_await to->append(0, steps);
            if (!refused) {
                BOOST_TEST_REQUIRE(
                    (refused.error().code == errc::disk_full ||
                     refused.error().code == errc::io_error)
                );
                failure why;
                const std::int64_t seen = co_await read_up_to(store, why);
                BOOST_TEST_REQUIRE(seen == to->tail(0).end.sequence, why.where);
            }
            const bool sync_failed = !refused && plan.at == 0;
            plan.at = -1;
            if (refused) continue;
            const auto again = co_await to->append(0, steps);
            if (!again && sync_failed) { // what a failed sync lost is not known: open it anew
                (co_await to->close()).value();
                to = (co_await store.open_writer("s", options)).value();
            }
        }
        (co_await to->close()).value();
        BOOST_TEST((co_await store.verify("s")).value().problems.empty());
    };
    at.run(play());
}

BOOST_AUTO_TEST_SUITE_END()
