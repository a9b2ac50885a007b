// Tests of engine/src/core/concurrency_search.cpp, against servers in virtual time.
#include "core/concurrency_search.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <queue>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t part_bytes = 8 << 20;

/// A request takes its time, and together they get no more than there is.
struct modelled_server {
    double latency_s = 0.03;
    double of_connection = 80e6; ///< bytes a second
    double of_all = 1.2e9;

    double time_of(unsigned running) const {
        return std::max(latency_s + part_bytes / of_connection, running * part_bytes / of_all);
    }
    double rate_at(unsigned running) const { return running * part_bytes / time_of(running); }
    /// The fewest requests at once that get nearly all there is.
    unsigned enough() const {
        unsigned n = 1;
        while (n < 1000 && rate_at(n) < 0.95 * rate_at(1000))
            ++n;
        return n;
    }
};

struct found_limit {
    unsigned limit = 0;
    double rate = 0; ///< of the last quarter
    unsigned changes = 0;
    unsigned highest = 0; ///< limit, at any time
};

/// `wanted`: requests that the sender would have under way if nothing held it back.
found_limit run_against(
    const modelled_server& server, concurrency_search& search, double for_s, unsigned wanted = 1000
) {
    std::priority_queue<double, std::vector<double>, std::greater<>> ends;
    found_limit found;
    double now = 0, late_bytes = 0;
    const auto fill = [&] {
        while (ends.size() < std::min(search.limit(), wanted)) {
            const auto running = static_cast<unsigned>(ends.size() + 1);
            ends.push(now + server.time_of(std::max(running, std::min(search.limit(), wanted))));
        }
    };
    while (now < for_s) {
        fill();
        now = ends.top();
        const std::chrono::nanoseconds took(
            static_cast<std::int64_t>(1e9 * server.time_of(static_cast<unsigned>(ends.size())))
        );
        const auto running = static_cast<unsigned>(ends.size());
        ends.pop();
        const auto at = std::chrono::nanoseconds(static_cast<std::int64_t>(now * 1e9));
        if (search.ended(part_bytes, running, took, at)) ++found.changes;
        found.highest = std::max(found.highest, search.limit());
        if (now > for_s * 0.75) late_bytes += part_bytes;
    }
    found.limit = search.limit();
    found.rate = late_bytes / (for_s * 0.25);
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(concurrency_searches)

BOOST_AUTO_TEST_CASE(it_finds_nearly_all_there_is_without_asking_for_much_more_at_once) {
    for (const double latency : {0.001, 0.03, 0.1, 0.2}) {
        for (const double of_all : {0.5e9, 1.2e9, 3e9}) {
            const modelled_server server{latency, 80e6, of_all};
            concurrency_search search(4, 256);
            const found_limit found = run_against(server, search, 60);
            BOOST_TEST_CONTEXT("latency " << latency << ", " << of_all << " bytes a second") {
                BOOST_TEST(found.rate >= 0.9 * server.rate_at(1000));
                BOOST_TEST(found.limit <= 2.5 * server.enough() + 4);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(where_more_brings_nothing_it_stays_where_it_is) {
    const modelled_server server{0.001, 1e9, 0.5e9}; // one request at once gets all
    concurrency_search search(16, 64);
    const found_limit found = run_against(server, search, 600);
    BOOST_TEST(found.limit == 16u);
    BOOST_TEST(found.changes <= 26u); // there and back: less and less often
    BOOST_TEST(found.changes >= 2u);
}

BOOST_AUTO_TEST_CASE(it_goes_no_further_than_told) {
    const modelled_server server{0.2, 20e6, 1e12};
    concurrency_search search(16, 40);
    BOOST_TEST(run_against(server, search, 100).limit == 40u);
}

BOOST_AUTO_TEST_CASE(nothing_is_tried_where_something_else_holds_requests_back) {
    const modelled_server server{0.2, 20e6, 1e12};
    concurrency_search search(16, 64);
    const found_limit found = run_against(server, search, 100, 10);
    BOOST_TEST(found.limit == 16u);
    BOOST_TEST(found.changes == 0u);
}

BOOST_AUTO_TEST_CASE(who_begins_with_few_has_many_within_two_seconds) {
    const modelled_server server{0.02, 80e6, 1e12};
    concurrency_search search(2, 64);
    BOOST_TEST(run_against(server, search, 2).limit == 64u);
}

BOOST_AUTO_TEST_CASE(two_are_compared_with_three) { // four would take twice the memory
    const modelled_server server{0.001, 1e9, 0.5e9};
    concurrency_search search(2, 64);
    BOOST_TEST(run_against(server, search, 60).highest == 3u);
}

BOOST_AUTO_TEST_CASE(what_something_else_holds_back_is_tried_less_and_less_often) {
    const modelled_server server{0.001, 1e9, 1e12};
    concurrency_search search(4, 64);
    const found_limit found = run_against(server, search, 600, 6); // never more than six at once
    BOOST_TEST(found.limit == 6u);
    BOOST_TEST(found.changes <= 34u);
    BOOST_TEST(found.changes >= 3u);
}

BOOST_AUTO_TEST_CASE(a_server_that_gets_better_is_noticed) {
    modelled_server server{0.05, 80e6, 0.3e9};
    concurrency_search search(16, 256);
    const unsigned before = run_against(server, search, 60).limit;
    server.of_all = 3e9;
    concurrency_search later = search;
    const found_limit after = run_against(server, later, 200);
    BOOST_TEST(after.limit > 2 * before);
    BOOST_TEST(after.rate >= 0.9 * server.rate_at(1000));
}

BOOST_AUTO_TEST_CASE(who_begins_with_few_has_many_when_the_first_was_slow) {
    struct {
        double latency_s, of_connection;
        unsigned limit;
    } const servers[] = {{0.001, 1e9, 2}, {0.001, 80e6, 8}, {0.1, 1e9, 8}};
    for (const auto& each : servers) {
        const modelled_server server{each.latency_s, each.of_connection, 1e12};
        concurrency_search search(2, 64);
        const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(server.time_of(2))
        );
        BOOST_TEST(search.ended(part_bytes, 2, took, took) == (each.limit == 8));
        BOOST_TEST(search.limit() == each.limit);
        search.ended(part_bytes, 2, 10 * took, 10 * took); // only the first
        BOOST_TEST(search.limit() == each.limit);
    }
    concurrency_search narrow(2, 4);
    BOOST_TEST(narrow.ended(part_bytes, 2, 1s, 1s));
    BOOST_TEST(narrow.limit() == 4u);
    concurrency_search many(16, 64);
    BOOST_TEST(!many.ended(part_bytes, 16, 1s, 1s));
}

BOOST_AUTO_TEST_SUITE_END()
