// Streams of the embedded log in a folder of their own, for tests.
#pragma once

#include "run_task.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/batch_builder.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/log_store.hpp>

#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace sluice::test {

/// A folder that goes with the fixture, a context that runs one task at a time, and a thread for
/// syncs.
struct log_fixture {
    log_fixture() {
        // In memory where there is such a place: these tests bring their own power failures.
        const bool memory = ::access("/dev/shm", W_OK) == 0;
        std::string name = (memory ? "/dev/shm" : "/tmp") + std::string("/sluice-log-XXXXXX");
        folder = ::mkdtemp(name.data());
    }
    ~log_fixture() { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
    boost::asio::io_context context;
    boost::asio::thread_pool blocking{1};

    log_store store() { return log_store(folder, context.get_executor(), blocking.get_executor()); }

    template <class Work>
    auto run(Work work) {
        return run_task(context, std::move(work));
    }
};

/// Batches of small events: `count` events of `size` bytes from `next` on.
inline std::vector<batch_builder::built>
small_events(position next, int count, std::size_t size, std::size_t batch = 1) {
    batch_builder builder(next, batch);
    for (int n = 0; n < count; ++n) {
        const std::string value(size, static_cast<char>('a' + (next.sequence + n) % 26));
        record event;
        event.timestamp = 1000 + next.sequence + n;
        event.value = as_bytes(value);
        builder.add(event).value();
    }
    return builder.take(true);
}

/// One event in fragments.
inline std::vector<batch_builder::built> large_event(position next, std::size_t size) {
    batch_builder builder(next);
    const std::string value(size, 'L');
    record event;
    event.value = as_bytes(value);
    builder.add(event).value();
    return builder.take(true);
}

/// The event at `next` as `small_events` would make it, in `count` fragments of `size` bytes, each
/// a batch of its own.
inline std::vector<batch_builder::built>
small_fragments(position next, int count, std::size_t size) {
    const std::string value(size, static_cast<char>('a' + next.sequence % 26));
    record event;
    event.sequence = next.sequence;
    event.timestamp = 1000 + next.sequence;
    event.value = as_bytes(value);
    std::uint64_t crc = 0;
    std::vector<batch_builder::built> made;
    for (int n = 0; n < count; ++n) {
        crc = crc64nvme(as_bytes(value), crc);
        event.part = fragment{next.offset, std::nullopt};
        if (n + 1 == count)
            event.part->last = fragment_end{next.offset + static_cast<std::int64_t>(size), crc};
        batch_builder::built each;
        append_avro_record(each.bytes, event);
        each.batch = describe_body(each.bytes, next).value();
        next = each.batch.next;
        made.push_back(std::move(each));
        event.timestamp.reset();
    }
    return made;
}

inline std::vector<append_step>
steps_of(const std::vector<batch_builder::built>& built, std::string progress = {}) {
    std::vector<append_step> steps;
    for (const auto& each : built) {
        append_step step;
        step.batch = each.batch;
        step.progress = progress;
        steps.push_back(std::move(step));
    }
    return steps;
}

/// Requires of records, one after the other, that they are as `small_events` and `small_fragments`
/// make them, and that no event is missing but those that may be.
struct record_check {
    std::int64_t next = 0; ///< sequence
    std::set<std::int64_t> may_be_missing = {};
    std::int64_t offset = 0; ///< in the event at `next`

    void skip_missing(std::int64_t up_to) {
        while (offset == 0 && next < up_to && may_be_missing.contains(next))
            ++next;
    }
    void take(const record& each) {
        skip_missing(each.sequence);
        BOOST_TEST_REQUIRE(each.sequence == next);
        BOOST_TEST_REQUIRE((each.part ? each.part->offset : 0) == offset);
        const std::string_view value = as_text(each.value.value());
        const char letter = static_cast<char>('a' + next % 26);
        BOOST_TEST_REQUIRE(value == std::string(value.size(), letter));
        BOOST_TEST_REQUIRE(each.timestamp.has_value() == (offset == 0));
        if (each.timestamp) BOOST_TEST_REQUIRE(*each.timestamp == 1000 + next);
        offset += static_cast<std::int64_t>(value.size());
        if (each.part && !each.part->last) return;
        if (each.part) BOOST_TEST_REQUIRE(each.part->last->length == offset);
        offset = 0;
        ++next;
    }
};

/// Reads every event of partition 0 and requires that it is as `small_events` or `small_fragments`
/// made it, whole and in order. Returns the sequences of the first one and behind the last one.
inline task<std::pair<std::int64_t, std::int64_t>>
whole_events_but(log_store store, std::set<std::int64_t> may_be_missing) {
    auto opened = co_await store.open_reader("s");
    reader& in = *opened.value();
    const stream_bounds bounds = (co_await in.bounds(0)).value();
    position from = bounds.first;
    record_check check{from.sequence, std::move(may_be_missing)};
    while (from < bounds.end) {
        const auto outline = (co_await in.outline(from, bounds.end)).value();
        byte_vector body(outline.body_bytes);
        (co_await in.read(outline, body)).value();
        avro_record_cursor records(body);
        record each;
        while (!records.at_end()) {
            records.next(each).value();
            check.take(each);
        }
        from = outline.next;
    }
    BOOST_TEST_REQUIRE(check.offset == 0);
    check.skip_missing(bounds.end.sequence);
    co_return std::pair(bounds.first.sequence, check.next);
}

/// The same where none may be missing.
inline task<std::pair<std::int64_t, std::int64_t>> whole_events(log_store store) {
    return whole_events_but(std::move(store), {});
}

} // namespace sluice::test
