// test: servers with a limit of requests, in virtual time.
#include "core/request_rate.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <queue>
#include <random>
#include <vector>

namespace {

using sluice::s3::request_rate;
using sluice::s3::token_bucket;

/// Refuses what exceeds its rate, as S3 does with SlowDown; in a brown-out also by chance.
class limited_server {
  public:
    explicit limited_server(double rate) : rate_(rate), level_(rate / 10) {}
    void set_rate(double rate) { rate_ = rate; }
    void set_share_refused(double share) { share_refused_ = share; }
    bool takes(double now) {
        if (std::uniform_real_distribution<double>()(random_) < share_refused_) return false;
        level_ = std::min(rate_ / 10, level_ + (now - at_) * rate_);
        at_ = now;
        if (level_ < 1) return false;
        level_ -= 1;
        return true;
    }

  private:
    double rate_, level_;
    double at_ = 0;
    double share_refused_ = 0;
    std::mt19937 random_{63};
};

struct second {
    double good = 0, refused = 0;
};

/// Clients with so many requests at a time each, against one server. An answer takes 5 to 15 ms.
class simulation {
  public:
    simulation(double server_rate, std::size_t clients, int at_once)
        : server(server_rate), rates(clients), served(clients), gates_(clients) {
        for (gate& each : gates_)
            each.waiting = at_once;
        for (std::size_t client = 0; client < clients; ++client)
            pump(client);
    }

    void run(double until) {
        while (!waiting_.empty() && waiting_.top().at < until) {
            const event next = waiting_.top();
            waiting_.pop();
            now_ = next.at;
            if (next.what == event::opens) {
                gates_[next.client].armed = false;
                pump(next.client);
                continue;
            }
            if (next.what == event::arrives) {
                const bool good = server.takes(now_);
                waiting_.push(
                    {now_ + slowness * latency_(random_),
                     good ? event::good : event::refused,
                     next.client}
                );
                continue;
            }
            const bool good = next.what == event::good;
            rates[next.client].answered(!good, token_bucket::time(now_));
            second& here = at(now_);
            (good ? here.good : here.refused) += 1;
            served[next.client] += good ? 1 : 0;
            ++gates_[next.client].waiting;
            pump(next.client);
        }
        now_ = until;
    }

    second between(std::size_t from, std::size_t to) {
        second sum;
        for (std::size_t n = from; n < to; ++n) {
            sum.good += at(static_cast<double>(n)).good;
            sum.refused += at(static_cast<double>(n)).refused;
        }
        return sum;
    }

    limited_server server;
    double slowness = 1; ///< of answers
    std::vector<request_rate> rates;
    std::vector<double> served;

  private:
    struct event {
        enum kind { opens, arrives, good, refused };
        double at;
        kind what;
        std::size_t client;
        bool operator<(const event& other) const { return at > other.at; }
    };

    /// Those who wait stand in line; one timer for the first of them.
    struct gate {
        int waiting = 0;
        bool armed = false;
    };

    void pump(std::size_t client) {
        gate& line = gates_[client];
        const token_bucket::time now(now_);
        while (line.waiting > 0 && rates[client].wait(now).count() == 0) {
            rates[client].sent(now);
            --line.waiting;
            waiting_.push({now_ + 0.0001, event::arrives, client});
        }
        if (line.waiting == 0 || line.armed) return;
        line.armed = true;
        const double wait = std::min(0.25, rates[client].wait(now).count());
        waiting_.push({now_ + wait + 1e-9, event::opens, client});
    }
    second& at(double now) {
        const auto which = static_cast<std::size_t>(now);
        if (seconds_.size() <= which) seconds_.resize(which + 1);
        return seconds_[which];
    }

    std::priority_queue<event> waiting_;
    std::vector<gate> gates_;
    std::vector<second> seconds_;
    std::mt19937 random_{17};
    std::uniform_real_distribution<double> latency_{0.005, 0.015};
    double now_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(request_rates)

BOOST_AUTO_TEST_CASE(nothing_is_held_back_before_a_server_refuses) {
    request_rate rate;
    for (int n = 0; n < 100'000; ++n) {
        BOOST_TEST_REQUIRE(rate.wait(token_bucket::time(0)).count() == 0);
        rate.sent(token_bucket::time(0));
        rate.answered(false, token_bucket::time(0.001));
    }
    BOOST_TEST(!rate.limit());
}

BOOST_AUTO_TEST_CASE(a_server_of_3500_a_second_is_used_and_hardly_refuses) {
    simulation run(3500, 1, 256);
    run.run(30);
    const second all = run.between(5, 30);
    BOOST_TEST(all.good >= 0.95 * 3500 * 25);
    BOOST_TEST(all.refused <= 0.03 * (all.good + all.refused));
    double lowest = 1e9;
    for (std::size_t n = 5; n < 30; ++n)
        lowest = std::min(lowest, run.between(n, n + 1).good);
    BOOST_TEST(lowest >= 0.9 * 3500);
}

BOOST_AUTO_TEST_CASE(several_clients_share_it) {
    simulation run(3500, 4, 128);
    run.run(60);
    const second all = run.between(10, 60);
    BOOST_TEST(all.good >= 0.93 * 3500 * 50);
    BOOST_TEST(all.refused <= 0.05 * (all.good + all.refused));
    for (const double each : run.served)
        BOOST_TEST(each >= 0.1 * 3500 * 60 / 4);
}

BOOST_AUTO_TEST_CASE(a_server_that_grows_is_followed) {
    simulation run(500, 1, 256);
    run.run(10);
    run.server.set_rate(5000);
    run.run(30);
    const second later = run.between(24, 30);
    BOOST_TEST(later.good >= 0.9 * 5000 * 6);
    BOOST_TEST(later.refused <= 0.05 * (later.good + later.refused));
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_ten_a_second_is_not_flooded) {
    simulation run(10, 1, 64);
    run.run(60);
    const second later = run.between(20, 60);
    BOOST_TEST(later.good >= 0.7 * 10 * 40);
    BOOST_TEST(later.refused <= later.good);
}

/// F63: 30 % are refused and answers take ten times as long, for ten minutes.
BOOST_AUTO_TEST_CASE(after_a_brown_out_without_a_storm_full_speed_is_back_within_a_minute) {
    simulation run(1e6, 1, 64);
    run.run(10);
    const double healthy = run.between(5, 10).good / 5;
    run.server.set_share_refused(0.3);
    run.slowness = 10;
    run.run(610);
    const second meanwhile = run.between(10, 610);
    BOOST_TEST((meanwhile.good + meanwhile.refused) / 600 <= healthy / 10);
    BOOST_TEST(meanwhile.good / 600 >= 4);
    run.server.set_share_refused(0);
    run.slowness = 1;
    run.run(680);
    BOOST_TEST(run.between(670, 680).good / 10 >= 0.9 * healthy);
}

BOOST_AUTO_TEST_CASE(one_refusal_is_no_limit) {
    request_rate rate;
    for (int n = 0; n < 10; ++n) {
        rate.sent(token_bucket::time(n * 1.1));
        rate.answered(true, token_bucket::time(n * 1.1));
        BOOST_TEST(!rate.limit());
    }
    rate.answered(true, token_bucket::time(10.1));
    BOOST_TEST(rate.limit().has_value());
}

BOOST_AUTO_TEST_CASE(what_was_learned_is_forgotten_after_a_quiet_minute) {
    request_rate rate;
    rate.sent(token_bucket::time(0));
    rate.answered(true, token_bucket::time(0.1));
    rate.answered(true, token_bucket::time(0.1));
    BOOST_TEST(rate.limit().has_value());
    rate.sent(token_bucket::time(61));
    BOOST_TEST(!rate.limit());
}

BOOST_AUTO_TEST_CASE(a_given_limit_is_kept_whatever_the_server_takes) {
    request_rate rate(100);
    double now = 0;
    for (int n = 0; n < 1000; ++n) {
        now += rate.wait(token_bucket::time(now)).count() + 1e-9;
        rate.sent(token_bucket::time(now));
        rate.answered(false, token_bucket::time(now));
    }
    BOOST_TEST(now == (1000 - 5) / 100.0, boost::test_tools::tolerance(0.01));
    rate.set_most(std::nullopt, token_bucket::time(0));
    BOOST_TEST(!rate.limit());
}

BOOST_AUTO_TEST_CASE(tokens_come_in_at_their_rate_and_debts_are_paid_first) {
    const auto at = [](double seconds) { return token_bucket::time(seconds); };
    token_bucket bucket(1000, 100);
    BOOST_TEST(bucket.wait_for(100, at(0)).count() == 0);
    bucket.spend(600, at(0));
    BOOST_TEST(bucket.wait_for(0, at(0)).count() == 0.5);
    BOOST_TEST(bucket.wait_for(1, at(0.25)).count() == 0.251);
    bucket.set_rate(2000, at(0.25));
    BOOST_TEST(bucket.wait_for(0, at(0.25)).count() == 0.125);
    BOOST_TEST(bucket.wait_for(100, at(100)).count() == 0); // no more was saved up
    BOOST_TEST(bucket.wait_for(300, at(100)).count() == 0.1);
}

BOOST_AUTO_TEST_SUITE_END()
