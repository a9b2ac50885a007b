// A window of pieces: what lies outside of it is dropped, and an import that stopped goes on inside
// it.
#include "commits_in_memory.hpp"
#include "core/piece_steps.hpp"
#include "core/value_import.hpp"
#include "sample_records.hpp"

#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

position spot(std::int64_t sequence, std::int64_t offset = 0) {
    return position{0, sequence, offset};
}

position place_of(const record& each) {
    return spot(each.sequence, each.part ? each.part->offset : 0);
}

/// A stream being filled, as its writer would see it.
struct filled_stream {
    std::string bytes; ///< of values, each event closed by its sequence
    position end;
    std::string progress;

    void take(const append_step& step) {
        BOOST_TEST_REQUIRE((step.batch.first >= end));
        BOOST_TEST_REQUIRE((end.offset == 0 || step.batch.first == end));
        avro_record_cursor records(step.batch.body);
        record each;
        while (!records.at_end()) {
            BOOST_TEST_REQUIRE(records.next(each).has_value());
            if (each.value) bytes += as_text(*each.value);
            const bool whole = !each.part || each.part->last;
            if (whole) bytes += (each.value ? "|" : "~") + std::to_string(each.sequence) + "\n";
        }
        end = step.batch.next;
        progress = step.progress;
    }
};

/// An export as `delimited`, in one object whose pieces begin inside events and between them.
struct delimited_export {
    std::vector<std::optional<std::string>> values;
    std::string bytes;
    commit made;

    delimited_export() {
        made.kind = commit_kind::objects;
        made.objects.emplace_back();
        committed_object& object = made.objects.front();
        object.key = "a";
        object.format = "delimited";
        object.codec = "none";
        const std::string large(std::size_t{5} << 19, 'x');
        for (int n = 0; n < 12; ++n)
            values.emplace_back(std::string(static_cast<std::size_t>(n * 7 % 40), 'a'));
        values[3].reset();
        values[7] = large;
        for (std::size_t n = 0; n < values.size(); ++n)
            add(static_cast<std::int64_t>(n), values[n]);
        object.next = spot(static_cast<std::int64_t>(values.size()));
        object.bytes = bytes.size();
    }

    void add(std::int64_t sequence, const std::optional<std::string>& value) {
        if (sequence % 4 == 0) begin_piece(spot(sequence));
        const std::uint32_t size =
            value ? static_cast<std::uint32_t>(value->size()) : delimited_null;
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(size >> shift & 0xff);
        if (!value) return;
        // Cut inside the large one, twice, and inside small ones.
        std::vector<std::size_t> cuts;
        if (value->size() > 1000) cuts = {900'000, 2'000'000};
        if (value->size() > 5 && value->size() < 1000 && sequence % 3 == 1) cuts = {3};
        std::size_t done = 0;
        for (const std::size_t cut : cuts) {
            bytes += value->substr(done, cut - done);
            begin_piece(spot(sequence, static_cast<std::int64_t>(cut)));
            done = cut;
        }
        bytes += value->substr(done);
    }

    void begin_piece(position first) {
        piece each;
        each.first = first;
        each.at = bytes.size();
        made.objects.front().pieces.push_back(each);
    }

    std::string expected(std::int64_t from, std::int64_t until) const {
        std::string text;
        for (std::int64_t n = from; n < until; ++n) {
            const auto& value = values[static_cast<std::size_t>(n)];
            text += value.value_or("") + (value ? "|" : "~") + std::to_string(n) + "\n";
        }
        return text;
    }
};

/// Imports until `most` steps were appended. True: that was all.
bool import_some(
    const delimited_export& from, filled_stream& to, std::int64_t until, std::size_t most
) {
    import_progress stands = decode_import_progress(to.progress).value();
    const auto items =
        test::plan_import_items({from.made}, stands, object_format::delimited, spot(until));
    value_import values(object_format::delimited, 1 << 20, stands, to.end, spot(until));
    piece_steps made;
    const auto append = [&made, &to, &most] {
        for (const append_step& step : made.steps) {
            if (most == 0) return false;
            to.take(step);
            --most;
        }
        made = piece_steps();
        return true;
    };
    for (const fetch_item& item : items) {
        const auto bytes = as_bytes(std::string_view(from.bytes).substr(item.at, item.size));
        auto reading = values.read(item, bytes);
        BOOST_TEST_REQUIRE(reading.has_value(), describe(reading.error()));
        for (bool more = true; more;) {
            auto next = (*reading)->next(made);
            BOOST_TEST_REQUIRE(next.has_value(), describe(next.error()));
            more = *next;
        }
        if (!append()) return false;
    }
    const position last = items.empty() ? stands.at : items.back().next;
    BOOST_TEST_REQUIRE(values.interrupt(std::min(last, spot(until)), made).has_value());
    if (!append()) return false;
    // A lane tells at its end how far it has come.
    if (to.end.offset == 0) to.progress = encode_import_progress(values.progress());
    return true;
}

filled_stream begun_at(std::int64_t from) {
    import_progress progress;
    progress.stream = "s";
    progress.at = spot(from);
    filled_stream to;
    to.progress = encode_import_progress(progress);
    return to;
}

} // namespace

BOOST_AUTO_TEST_SUITE(piece_windows)

BOOST_AUTO_TEST_CASE(what_of_a_batch_lies_in_a_window_is_kept) {
    record_maker make(11);
    const std::vector<record> records = make.run_of_records(40, 5);
    byte_vector body;
    for (const record& each : records)
        append_avro_record(body, each);
    const record_batch batch = describe_body(body, place_of(records.front())).value();
    for (std::int64_t from = 0; from < batch.last_sequence + 3; from += 3) {
        for (std::int64_t until = from; until < batch.last_sequence + 4; until += 7) {
            const auto part = part_of_batch(batch, import_window{spot(from), spot(until)});
            BOOST_TEST_REQUIRE(part.has_value());
            byte_vector expected;
            std::uint32_t count = 0;
            for (const record& each : records) {
                if (each.sequence < from || each.sequence >= until) continue;
                append_avro_record(expected, each);
                ++count;
            }
            BOOST_TEST_REQUIRE(part->records == count);
            if (count == 0) continue;
            BOOST_TEST_REQUIRE(std::ranges::equal(part->body, expected));
            BOOST_TEST((part->first >= spot(from)));
            BOOST_TEST((part->next <= spot(until)));
        }
    }
    BOOST_TEST(part_of_batch(batch, import_window{spot(0), {}}).value().records == batch.records);
}

BOOST_AUTO_TEST_CASE(any_window_of_delimited_is_imported_exactly) {
    const delimited_export from;
    const auto count = static_cast<std::int64_t>(from.values.size());
    for (std::int64_t begin = 0; begin <= count; ++begin) {
        for (std::int64_t end = begin; end <= count; ++end) {
            filled_stream to = begun_at(begin);
            BOOST_TEST(import_some(from, to, end, SIZE_MAX));
            BOOST_TEST_REQUIRE((to.bytes == from.expected(begin, end)), begin << " to " << end);
            BOOST_TEST(to.end.offset == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_lies_behind_the_committed_end_is_never_an_append) {
    delimited_export from;
    committed_object& object = from.made.objects.front();
    object.next = spot(6); // of the piece, in which the large value lies, too
    object.pieces.resize(1);
    import_progress fresh;
    fresh.at = spot(0);
    const auto items =
        test::plan_import_items({from.made}, fresh, object_format::delimited, std::nullopt);
    BOOST_TEST_REQUIRE(items.size() == 1u);
    value_import values(object_format::delimited, 1 << 20, fresh, spot(0));
    auto reading = values.read(items.front(), as_bytes(std::string_view(from.bytes))).value();
    piece_steps made;
    auto next = reading->next(made);
    while (next && *next)
        next = reading->next(made);
    BOOST_TEST_REQUIRE(!next.has_value());
    BOOST_TEST((next.error().code == engine_errc::damaged_object));
    for (const append_step& step : made.steps)
        BOOST_TEST((step.batch.next <= object.next));
}

BOOST_AUTO_TEST_CASE(an_import_that_ends_behind_any_append_goes_on_with_the_next) {
    record_maker make(12);
    const std::vector<record> records = make.run_of_records(60, 5);
    std::deque<byte_vector> bodies;
    std::vector<block_arrival::framed> blocks;
    // A batch ends with a fragment or after a few records.
    for (std::size_t n = 0; n < records.size();) {
        byte_vector& body = bodies.emplace_back();
        const position first = place_of(records[n]);
        for (std::size_t many = 0; many < 7 && n < records.size(); ++many) {
            append_avro_record(body, records[n]);
            if (records[n++].part) break;
        }
        blocks.emplace_back().batch = describe_body(body, first).value();
    }
    fetch_item what;
    what.key = "a";
    what.first = blocks.front().batch.first;
    what.next = blocks.back().batch.next;
    const auto read_on = [&](const import_progress& from) {
        piece_steps made;
        const import_window window{from.at, {}};
        event_sum fragments;
        BOOST_TEST_REQUIRE(!read_blocks(what, blocks, window, from, fragments)->next(made).value());
        return made;
    };
    import_progress fresh;
    fresh.at = what.first;
    const piece_steps all = read_on(fresh);
    BOOST_TEST_REQUIRE(all.steps.size() == blocks.size());
    for (std::size_t n = 0; n < all.steps.size(); ++n) {
        const auto behind = decode_import_progress(all.steps[n].progress);
        BOOST_TEST_REQUIRE(behind.has_value());
        const piece_steps rest = read_on(*behind);
        BOOST_TEST_REQUIRE(rest.steps.size() == all.steps.size() - n - 1);
        for (std::size_t m = 0; m < rest.steps.size(); ++m)
            BOOST_TEST((rest.steps[m].batch.first == all.steps[n + 1 + m].batch.first));
    }
}

BOOST_AUTO_TEST_CASE(an_export_that_ends_inside_an_event_so_far_goes_on_later) {
    const delimited_export whole;
    const auto count = static_cast<std::int64_t>(whole.values.size());
    const std::vector<piece>& pieces = whole.made.objects.front().pieces;
    for (std::size_t some = 1; some < pieces.size(); ++some) {
        delimited_export part = whole;
        committed_object& object = part.made.objects.front();
        object.next = pieces[some].first;
        object.bytes = pieces[some].at;
        object.pieces.resize(some);
        for (const std::int64_t begin : {0, 3, 5}) {
            filled_stream to = begun_at(begin);
            BOOST_TEST(import_some(part, to, count, SIZE_MAX));
            BOOST_TEST(import_some(part, to, count, SIZE_MAX));
            BOOST_TEST(import_some(whole, to, count, SIZE_MAX));
            BOOST_TEST_REQUIRE((to.bytes == whole.expected(begin, count)), some << " pieces");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_window_that_stopped_anywhere_goes_on_and_can_be_made_longer) {
    const delimited_export from;
    for (const std::int64_t begin : {0, 2, 5, 7, 8, 9}) {
        for (const std::int64_t end : {6, 8, 12}) {
            if (end < begin) continue;
            for (std::size_t each = 1; each < 4; ++each) {
                filled_stream to = begun_at(begin);
                for (int turns = 0; !import_some(from, to, end, each); ++turns)
                    BOOST_TEST_REQUIRE(turns < 100);
                BOOST_TEST_REQUIRE((to.bytes == from.expected(begin, end)), begin << " to " << end);
                BOOST_TEST(import_some(from, to, 12, SIZE_MAX));
                BOOST_TEST_REQUIRE((to.bytes == from.expected(begin, 12)), begin << " to 12");
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
