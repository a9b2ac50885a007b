// Tests of s3client/src/io/credential_keeper.cpp and the client above it: one fetches, all wait.
#include "io/client_impl.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <deque>
#include <functional>
#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(credential_keepers)

using wall = std::chrono::system_clock::time_point;

/// Answers what it is told to, after a few turns of the context.
class scripted_provider final : public credentials_provider {
  public:
    task<result<credentials>> fetch(deadline) override {
        ++fetches;
        BOOST_TEST(under_way == 0, "never twice at the same time");
        ++under_way;
        struct left {
            int& count;
            ~left() { --count; }
        } const mark{under_way};
        co_await sleep_for(1ms);
        if (answers.empty()) {
            failure why;
            why.code = s3_errc::no_credentials;
            why.where = "nothing to give";
            co_return why;
        }
        credentials who = answers.front();
        if (answers.size() > 1 || once) answers.pop_front();
        co_return who;
    }
    task<std::string> region(deadline) override {
        if (asked_region) asked_region();
        co_return region_name;
    }

    std::deque<credentials> answers;
    bool once = false; ///< the last answer is given once, too
    std::string region_name;
    std::function<void()> asked_region;
    int fetches = 0, under_way = 0;
};

credentials keys(const std::string& key, std::optional<wall> until = std::nullopt) {
    credentials who;
    who.access_key = key;
    who.secret_key = "canary-secret-of-" + key;
    who.session_token = "canary-token-of-" + key;
    who.expires = until;
    return who;
}

struct kept {
    explicit kept(std::deque<credentials> answers) {
        provider->answers = std::move(answers);
        provider->once = true;
    }
    result<void> ensure() { return test::run_task(context, keeper.ensure(deadline::never())); }
    /// So many ask at the same time; how many of them failed.
    int crowd(int size) {
        int failed = 0;
        const auto one = [this, &failed]() -> task<void> {
            const auto got = co_await keeper.ensure(deadline::never());
            if (!got) ++failed;
        };
        const auto all = [this, &one, size]() -> task<void> {
            task_group group(context.get_executor());
            for (int i = 0; i < size; ++i)
                group.spawn([&one] { return one(); });
            co_await group.join();
        };
        test::run_task(context, all());
        return failed;
    }

    boost::asio::io_context context;
    std::shared_ptr<scripted_provider> provider = std::make_shared<scripted_provider>();
    wall now{std::chrono::seconds(1'800'000'000)};
    credential_keeper keeper{
        context.get_executor(), provider, false, nullptr, [this] { return now; }};
};

BOOST_AUTO_TEST_CASE(many_wait_for_one_fetch) {
    kept here({keys("a")});
    BOOST_TEST(here.crowd(100) == 0);
    BOOST_TEST(here.provider->fetches == 1);
    BOOST_TEST(here.keeper.who().access_key == "a");
    BOOST_TEST(here.keeper.number() == 1);
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_to_all_who_waited) {
    kept here({});
    BOOST_TEST(here.crowd(100) == 100);
    BOOST_TEST(here.provider->fetches == 1);
    here.provider->answers = {keys("a")};
    BOOST_TEST(here.ensure().has_value());
    BOOST_TEST(here.provider->fetches == 2);
}

BOOST_AUTO_TEST_CASE(early_renewal_holds_nobody_up) {
    kept here({});
    here.provider->answers = {keys("a", here.now + 1h), keys("b", here.now + 2h)};
    BOOST_TEST(here.ensure().has_value());
    here.now += 56min;
    bool others_first = false;
    const auto renewing = [&]() -> task<void> {
        const auto got = co_await here.keeper.ensure(deadline::never());
        BOOST_TEST(got.has_value());
        BOOST_TEST(others_first);
    };
    const auto other = [&]() -> task<void> {
        const auto got = co_await here.keeper.ensure(deadline::never());
        BOOST_TEST(got.has_value());
        BOOST_TEST(here.keeper.who().access_key == "a");
        others_first = true;
    };
    const auto both = [&]() -> task<void> {
        task_group group(here.context.get_executor());
        group.spawn([&renewing] { return renewing(); });
        group.spawn([&other] { return other(); });
        co_await group.join();
    };
    test::run_task(here.context, both());
    BOOST_TEST(here.provider->fetches == 2);
    BOOST_TEST(here.keeper.who().access_key == "b");
    BOOST_TEST(here.keeper.number() == 2);
}

BOOST_AUTO_TEST_CASE(a_failing_renewal_goes_on_with_the_old_ones_until_their_end) {
    kept here({});
    here.provider->answers = {keys("a", here.now + 1h)};
    BOOST_TEST(here.ensure().has_value());
    here.now += 59min + 30s;
    BOOST_TEST(here.crowd(20) == 0);
    BOOST_TEST(here.provider->fetches == 2);
    BOOST_TEST(here.keeper.who().access_key == "a");
    BOOST_TEST(here.crowd(20) == 0);
    BOOST_TEST(here.provider->fetches == 2, "not at every request");
    here.now += 30s;
    const auto ended = here.ensure();
    BOOST_REQUIRE(ended.has_error());
    BOOST_TEST(ended.error().where == "nothing to give");
}

BOOST_AUTO_TEST_CASE(after_days_of_pause_they_are_fetched_anew) {
    kept here({});
    here.provider->answers = {keys("a", here.now + 1h), keys("b", here.now + 73h)};
    BOOST_TEST(here.ensure().has_value());
    here.now += 72h;
    BOOST_TEST(!here.keeper.is_good());
    BOOST_TEST(here.crowd(10) == 0);
    BOOST_TEST(here.keeper.who().access_key == "b");
    BOOST_TEST(here.provider->fetches == 2);
}

BOOST_AUTO_TEST_CASE(who_cancels_the_fetch_leaves_it_to_the_next) {
    kept here({keys("a")});
    const auto ask = [&]() -> task<void> {
        const auto got = co_await here.keeper.ensure(deadline::never());
        BOOST_TEST(got.has_value());
    };
    boost::asio::cancellation_signal signal;
    bool cancelled = false, served = false;
    boost::asio::co_spawn(
        here.context,
        ask(),
        boost::asio::bind_cancellation_slot(
            signal.slot(), [&](std::exception_ptr why) { cancelled = why != nullptr; }
        )
    );
    boost::asio::co_spawn(here.context, ask(), [&](std::exception_ptr why) {
        served = why == nullptr;
    });
    here.context.poll();
    signal.emit(boost::asio::cancellation_type::terminal);
    here.context.run();
    BOOST_TEST(cancelled);
    BOOST_TEST(served);
    BOOST_TEST(here.provider->fetches == 2);
}

std::string reply(const std::string& status, const std::string& body = "") {
    return "HTTP/1.1 " + status +
           "\r\nETag: \"e\"\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string expired = reply(
    "400 Bad Request",
    "<Error><Code>ExpiredToken</Code><Message>canary-token-of-a is "
    "old</Message></Error>"
);

/// A client of a store by script, with a provider.
struct store {
    store(std::vector<std::string> texts, std::deque<credentials> answers) {
        scripted_server server;
        for (std::string& each : texts)
            server.exchanges.emplace_back(std::move(each));
        servers.push_back(std::move(server));
        provider->answers = std::move(answers);
    }
    result<put_receipt> put() {
        if (!client) {
            client_options options;
            options.where = *parse_endpoint("http://h:9000");
            options.limits.retries.transient_base = options.limits.retries.throttle_base = 0ms;
            options.provider = provider;
            options.learn_region = learn_region;
            client = std::make_unique<client_impl>(
                context.get_executor(),
                std::move(options),
                std::make_unique<scripted_network>(servers)
            );
        }
        put_request what;
        what.bucket = "b";
        what.key = "k";
        memory_source source(as_bytes(body));
        return test::run_task(context, client->put(what, source, deadline::never()));
    }
    const std::string& request(std::size_t n) const { return servers.at(0).requests.at(n); }

    std::string body = "hello";
    bool learn_region = false;
    boost::asio::io_context context;
    std::deque<scripted_server> servers;
    std::shared_ptr<scripted_provider> provider = std::make_shared<scripted_provider>();
    std::unique_ptr<client_impl> client;
};

BOOST_AUTO_TEST_CASE(what_the_store_calls_expired_is_renewed_and_signed_anew) {
    store s({expired, reply("200 OK")}, {keys("a"), keys("b")});
    BOOST_TEST(s.put().has_value());
    BOOST_TEST(s.provider->fetches == 2);
    BOOST_TEST(s.request(0).find("Credential=a/") != std::string::npos);
    BOOST_TEST(s.request(1).find("Credential=b/") != std::string::npos);
    BOOST_TEST(
        s.request(1).find("x-amz-security-token: canary-token-of-b\r\n") != std::string::npos
    );
    BOOST_TEST(s.request(1).ends_with("hello"), "the whole body again");
}

BOOST_AUTO_TEST_CASE(a_second_refusal_is_the_answer) {
    store s({expired, expired, expired}, {keys("a"), keys("b"), keys("c")});
    const auto put = s.put();
    BOOST_REQUIRE(put.has_error());
    BOOST_TEST((put.error().code == s3_errc::expired_token));
    BOOST_TEST(s.servers.at(0).requests.size() == 2);
}

BOOST_AUTO_TEST_CASE(the_same_ones_again_are_no_repair_and_their_token_is_not_told) {
    store s({expired}, {keys("a")});
    const auto put = s.put();
    BOOST_REQUIRE(put.has_error());
    BOOST_TEST((put.error().code == s3_errc::expired_token));
    BOOST_TEST(describe(put.error()).find("canary") == std::string::npos, describe(put.error()));
    BOOST_TEST(describe(put.error()).find("[redacted] is old") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_newer_ones_both_reasons_are_told) {
    store s({expired}, {keys("a")});
    s.provider->once = true;
    const auto put = s.put();
    BOOST_REQUIRE(put.has_error());
    BOOST_TEST((put.error().code == s3_errc::no_credentials));
    const std::string line = describe(put.error());
    BOOST_TEST(line.find("the credentials have expired") != std::string::npos, line);
    BOOST_TEST(line.find("nothing to give") != std::string::npos, line);
    BOOST_TEST(line.find("canary") == std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(without_any_nothing_is_sent) {
    store s({reply("200 OK")}, {});
    const auto put = s.put();
    BOOST_REQUIRE(put.has_error());
    BOOST_TEST((put.error().code == s3_errc::no_credentials));
    BOOST_TEST(s.servers.at(0).requests.empty());
    presign_request url;
    url.bucket = "b";
    url.key = "k";
    BOOST_TEST((s.client->presign(url).error().code == s3_errc::no_credentials));
}

BOOST_AUTO_TEST_CASE(a_region_that_nobody_named_is_learned) {
    store s({reply("200 OK"), reply("200 OK")}, {keys("a")});
    s.learn_region = true;
    s.provider->region_name = "eu-north-1";
    BOOST_TEST(s.put().has_value());
    BOOST_TEST(s.request(0).find("/eu-north-1/s3/aws4_request") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nobody_signs_before_the_region_is_known) {
    boost::asio::io_context context;
    const auto provider = std::make_shared<scripted_provider>();
    provider->answers = {keys("a")};
    provider->region_name = "eu-north-1";
    credential_keeper keeper(context.get_executor(), provider, true, nullptr);
    bool good_too_soon = false;
    provider->asked_region = [&] { good_too_soon = keeper.is_good(); };
    BOOST_TEST(test::run_task(context, keeper.ensure(deadline::never())).has_value());
    BOOST_TEST(!good_too_soon);
    BOOST_TEST(keeper.is_good());
    BOOST_TEST(keeper.region() == "eu-north-1");
}

BOOST_AUTO_TEST_CASE(what_a_provider_gives_is_looked_at_before_it_becomes_a_header) {
    credentials odd = keys("a");
    odd.session_token = "t\r\nx-amz-acl: public-read";
    store s({reply("200 OK")}, {odd});
    const auto put = s.put();
    BOOST_REQUIRE(put.has_error());
    BOOST_TEST((put.error().code == s3_errc::unsafe_input));
    BOOST_TEST(s.servers.at(0).requests.empty());
}

BOOST_AUTO_TEST_SUITE_END()
