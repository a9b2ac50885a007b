// Pieces of an import that hold an event in fragments.
#include "core/piece_steps.hpp"
#include "sample_events.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/stream/format.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice;

namespace {

/// Two pieces, with one fragment each; its values are "abc" and "def".
struct two_pieces {
    explicit two_pieces(std::uint64_t crc) {
        record first;
        first.sequence = 7;
        first.value = as_bytes("abc");
        first.part = fragment{0, std::nullopt};
        record last;
        last.sequence = 7;
        last.value = as_bytes("def");
        last.part = fragment{3, fragment_end{6, crc}};
        append_json_event(bytes[0], first);
        append_json_event(bytes[1], last);
    }

    fetch_item item(std::size_t n) const {
        const position places[] = {{0, 7, 0}, {0, 7, 3}, {0, 8, 0}};
        fetch_item what;
        what.key = "partition=0/a.ndjson";
        what.first = places[n];
        what.next = places[n + 1];
        what.inside = n > 0;
        what.format = "ndjson";
        what.codec = "none";
        what.piece = n;
        return what;
    }

    /// Reads one of the pieces.
    result<void> read(std::size_t n, event_sum& fragments, std::string* progress = nullptr) const {
        const fetch_item what = item(n);
        crc64nvme_track sum;
        sum.take(as_bytes(bytes[n]));
        auto reading = read_records(
            what,
            as_bytes(bytes[n]),
            sum,
            sample_context(),
            import_window(),
            import_progress(),
            fragments
        );
        piece_steps made;
        bool more = true;
        while (more) {
            auto next = (*reading)->next(made);
            if (!next) return next.error();
            more = *next;
        }
        BOOST_TEST(made.steps.size() == 1u);
        if (progress) *progress = made.steps.back().progress;
        return result<void>();
    }

    std::string bytes[2];
};

} // namespace

BOOST_AUTO_TEST_SUITE(import_fragments)

BOOST_AUTO_TEST_CASE(an_event_is_put_together_over_several_pieces_and_compared) {
    const std::uint64_t crc = crc64nvme(as_bytes("abcdef"));
    for (const bool right : {true, false}) {
        const two_pieces pieces(right ? crc : crc ^ 1);
        event_sum fragments;
        BOOST_TEST_REQUIRE(pieces.read(0, fragments).has_value());
        const auto end = pieces.read(1, fragments);
        BOOST_TEST_REQUIRE(end.has_value() == right);
        if (right) continue;
        BOOST_TEST((end.error().code == engine_errc::damaged_object));
        BOOST_TEST(
            end.error().where.find("partition=0/a.ndjson, piece 1: partition 0, event 7: its 6") ==
            0u
        );
    }
}

BOOST_AUTO_TEST_CASE(an_import_that_begins_inside_an_event_has_nothing_to_compare) {
    const two_pieces pieces(1);
    event_sum fragments;
    BOOST_TEST(pieces.read(1, fragments).has_value());
}

BOOST_AUTO_TEST_CASE(the_progress_tells_what_is_known_of_an_event_that_goes_on) {
    const two_pieces pieces(crc64nvme(as_bytes("abcdef")));
    event_sum fragments;
    std::string text;
    BOOST_TEST_REQUIRE(pieces.read(0, fragments, &text).has_value());
    auto inside = decode_import_progress(text);
    BOOST_TEST_REQUIRE(inside.has_value());
    BOOST_TEST((inside->at == position{0, 7, 3}));
    BOOST_TEST_REQUIRE(inside->open.has_value());
    BOOST_TEST(inside->open->length == 3u);
    BOOST_TEST(inside->open->crc64nvme == crc64nvme(as_bytes("abc")));
    BOOST_TEST_REQUIRE(pieces.read(1, fragments, &text).has_value());
    BOOST_TEST(!decode_import_progress(text)->open.has_value());
    // Whose beginning was not seen has nothing to tell.
    event_sum late;
    BOOST_TEST_REQUIRE(pieces.read(1, late, &text).has_value());
    BOOST_TEST(!decode_import_progress(text)->open.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
