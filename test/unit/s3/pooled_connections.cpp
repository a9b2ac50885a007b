// Tests of s3client/src/io/connection_pool.cpp: lending, taking back, throwing away.
#include "io/connection_pool.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <optional>
#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(pooled_connections)

using lease = connection_pool::lease;

const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

struct pool_of {
    explicit pool_of(std::size_t most, std::chrono::milliseconds age = std::chrono::hours(1))
        : servers(4) {
        limits.connections = most;
        limits.max_idle_age = age;
        for (scripted_server& each : servers)
            each.exchanges = {answer, answer};
        pool.emplace(context.get_executor(), through, limits, stats);
    }
    result<lease>
    acquire(const std::string& host = "h", bool fresh = false, deadline by = deadline::never()) {
        server_address to;
        to.host = host;
        std::optional<result<lease>> lent; // Asio hands out only what has a default
        const auto ask = [&]() -> task<void> {
            lent.emplace(co_await pool->acquire(to, fresh, by));
        };
        test::run_task(context, ask());
        return std::move(*lent);
    }
    /// One whole exchange, so that the connection may be kept.
    void use(lease& lent) {
        const auto exchange = [](connection& over) -> task<bool> {
            const auto sent =
                co_await over.send("GET / HTTP/1.1\r\n\r\n", nullptr, deadline::never());
            const auto head =
                co_await over.read_head(std::chrono::seconds(1), false, deadline::never());
            co_return sent&& head;
        };
        BOOST_REQUIRE(test::run_task(context, exchange(*lent)));
    }
    void use_one(const std::string& host) {
        auto lent = acquire(host);
        BOOST_REQUIRE(lent.has_value());
        use(*lent);
    }

    boost::asio::io_context context;
    std::deque<scripted_server> servers;
    scripted_network through{servers};
    client_limits limits;
    client_stats stats;
    std::optional<connection_pool> pool;
};

BOOST_AUTO_TEST_CASE(what_was_used_well_is_lent_again) {
    pool_of one(2);
    one.use_one("h");
    BOOST_TEST(one.stats.connections_idle == 1u);
    const auto again = one.acquire();
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(again->was_idle());
    BOOST_TEST(one.stats.connections_opened == 1u);
    BOOST_TEST(one.stats.connections_idle == 0u);
    BOOST_TEST(one.stats.connections_busy == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_not_used_to_its_end_is_closed) {
    pool_of one(2);
    BOOST_REQUIRE(one.acquire().has_value());
    BOOST_TEST(one.servers[0].closed);
    BOOST_TEST(one.stats.connections_idle == 0u);
    BOOST_TEST(one.stats.connections_busy == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_is_only_for_its_own_server) {
    pool_of one(2);
    one.use_one("h");
    const auto other = one.acquire("g");
    BOOST_REQUIRE(other.has_value());
    BOOST_TEST(!other->was_idle());
    BOOST_TEST(one.stats.connections_opened == 2u);
}

BOOST_AUTO_TEST_CASE(a_fresh_one_is_new_though_idle_ones_exist) {
    pool_of one(2);
    one.use_one("h");
    const auto fresh = one.acquire("h", true);
    BOOST_REQUIRE(fresh.has_value());
    BOOST_TEST(!fresh->was_idle());
    BOOST_TEST(one.stats.connections_idle == 1u);
}

BOOST_AUTO_TEST_CASE(an_aged_connection_is_closed_and_not_lent) {
    pool_of one(2, std::chrono::milliseconds(-1));
    one.use_one("h");
    const auto next = one.acquire();
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST(!next->was_idle());
    BOOST_TEST(one.servers[0].closed);
}

BOOST_AUTO_TEST_CASE(no_more_are_lent_than_allowed) {
    pool_of one(1);
    auto first = one.acquire();
    BOOST_REQUIRE(first.has_value());
    std::optional<lease> held(std::move(*first));
    const auto late = one.acquire("h", false, deadline::at(deadline::clock::now()));
    BOOST_REQUIRE(late.has_error());
    BOOST_TEST((late.error().code == s3_errc::timed_out));
    BOOST_TEST(late.error().where.find("all 1 connections") != std::string::npos);
    one.use(*held);
    held.reset();
    const auto next = one.acquire();
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST(next->was_idle());
}

BOOST_AUTO_TEST_CASE(a_failed_connect_gives_its_place_back) {
    pool_of one(1);
    one.servers.clear();
    for (int each = 0; each < 3; ++each) {
        const auto none = one.acquire();
        BOOST_REQUIRE(none.has_error());
        BOOST_TEST((none.error().code == s3_errc::connect_failed));
    }
    BOOST_TEST(one.stats.connections_busy == 0u);
}

BOOST_AUTO_TEST_CASE(idle_ones_can_be_closed_at_once) {
    pool_of one(2);
    one.use_one("h");
    one.pool->close_idle();
    BOOST_TEST(one.servers[0].closed);
    BOOST_TEST(one.stats.connections_idle == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
