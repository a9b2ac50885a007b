// Tests of s3client/src/io/alarms.cpp. Times are past or an hour away: none is waited for.
#include "io/alarms.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(alarms)

struct sleeper final : s3::alarms::sleeper {
    explicit sleeper(std::function<void(sleeper&)> then) : then_(std::move(then)) {}
    void wake() override { then_(*this); }
    std::function<void(sleeper&)> then_;
};

struct bedroom {
    s3::alarms::time_point now = deadline::clock::now();
    boost::asio::io_context context;
    std::shared_ptr<s3::alarms> clock = std::make_shared<s3::alarms>(context.get_executor());
    std::vector<sleeper*> woken;

    sleeper one() {
        return sleeper([this](sleeper& who) { woken.push_back(&who); });
    }
    s3::alarms::time_point at(int seconds) const { return now + std::chrono::seconds(seconds); }
    /// Whether anything would still come.
    bool is_quiet() {
        context.restart();
        context.poll();
        return context.stopped();
    }
};

BOOST_AUTO_TEST_CASE(they_wake_in_the_order_of_their_times) {
    bedroom here;
    sleeper first = here.one(), second = here.one(), later = here.one();
    here.clock->set(later, here.at(3600));
    here.clock->set(second, here.at(-1));
    here.clock->set(first, here.at(-2));
    BOOST_TEST(!here.is_quiet());
    BOOST_TEST_REQUIRE(here.woken.size() == 2u);
    BOOST_TEST(here.woken[0] == &first);
    BOOST_TEST(here.woken[1] == &second);
    BOOST_TEST((s3::alarms::time_of(first) == s3::alarms::time_point::max()));
    BOOST_TEST((s3::alarms::time_of(later) == here.at(3600)));
    here.clock->clear(later);
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(here.woken.size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_is_cleared_sleeps_on_and_the_others_do_not) {
    bedroom here;
    sleeper one = here.one(), other = here.one();
    here.clock->set(one, here.at(-2));
    here.clock->set(other, here.at(-1));
    here.clock->clear(one);
    here.clock->clear(one); // again changes nothing
    BOOST_TEST(here.is_quiet());
    BOOST_TEST_REQUIRE(here.woken.size() == 1u);
    BOOST_TEST(here.woken[0] == &other);
}

BOOST_AUTO_TEST_CASE(a_time_may_be_moved_and_set_again_when_it_comes) {
    bedroom here;
    int left = 3;
    sleeper again([&](sleeper& who) {
        if (--left > 0) here.clock->set(who, here.at(-left));
    });
    here.clock->set(again, here.at(3600));
    here.clock->set(again, here.at(-1));
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(left == 0);
}

BOOST_AUTO_TEST_CASE(one_who_clears_another_while_it_wakes_is_obeyed) {
    bedroom here;
    sleeper other = here.one();
    sleeper first([&](sleeper&) { here.clock->clear(other); });
    here.clock->set(first, here.at(-2));
    here.clock->set(other, here.at(-1));
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(here.woken.empty());
}

BOOST_AUTO_TEST_SUITE_END()
