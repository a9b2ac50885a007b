// test: many requests of a client wait for a store that keeps silent, are suspended all at once,
// and are made again: over TLS, through a proxy, over IPv6, by clients of several contexts and
// threads.
#include "../unit/s3/faults/made_certificates.hpp"
#include "run_task.hpp"
#include "tiny_proxy.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/s3/client.hpp>
#include <sluice/sim/server.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::s3;
using boost::asio::ip::tcp;

BOOST_AUTO_TEST_SUITE(client_waits)

constexpr unsigned many = 24;
constexpr std::uint64_t object_bytes = 40'000;
constexpr auto patience = std::chrono::seconds(60);

/// What is asked for under `held` is never answered, and all else only after a while.
constexpr const char* silent_store = R"({"faults": [
    {"operation": "*", "key": "^held", "kind": "hold", "phase": "head", "count": 0},
    {"operation": "*", "kind": "delay", "milliseconds": 5, "count": 0}]})";

/// Certificate and key of a server, in files.
struct certified {
    static s3::faults::certificate_plan plan() {
        s3::faults::certificate_plan plan;
        plan.names = "IP:127.0.0.1,DNS:localhost";
        return plan;
    }
    const s3::faults::identity who = s3::faults::make_identity(plan(), nullptr);
    const s3::faults::written_file certificate{s3::faults::pem_of(*who.certificate)};
    const s3::faults::written_file key{s3::faults::pem_of(*who.key)};
};

struct store {
    explicit store(const std::string& listen, const certified* tls = nullptr) : tls_(tls) {
        sim::server_options options;
        options.listen = listen;
        options.buckets = {"bucket"};
        options.synthetic_bytes = object_bytes;
        options.scenarios = {scenario_.path};
        if (tls != nullptr) options.tls_certificate = tls->certificate.path;
        if (tls != nullptr) options.tls_key = tls->key.path;
        auto started = sim::server::start(options);
        BOOST_REQUIRE_MESSAGE(started.has_value(), (started ? "" : describe(started.error())));
        server = std::move(*started);
    }
    client_options options() const {
        client_options how;
        how.where = *parse_endpoint(server->url());
        if (tls_ != nullptr) how.where.ca_bundle = tls_->certificate.path;
        how.who = {"simulator", "simulator-secret", "", false};
        how.limits.connections = many;
        how.limits.retries.max_attempts = 1;
        return how;
    }

    std::unique_ptr<sim::server> server;

  private:
    const certified* tls_;
    s3::faults::written_file scenario_{silent_store};
};

/// A client on a context of its own, and what became of its requests.
struct lone_client {
    explicit lone_client(client_options how) {
        auto made = create_client(context.get_executor(), std::move(how));
        BOOST_REQUIRE_MESSAGE(made.has_value(), (made ? "" : describe(made.error())));
        asked = std::move(*made);
    }
    ~lone_client() { asked->close(); }

    task<void> get(std::string key) {
        get_request what;
        what.bucket = "bucket";
        what.key = std::move(key);
        memory_sink to(object_bytes);
        const auto got = co_await asked->get(what, to, deadline::in(patience));
        note(got, got && to.bytes().size() == object_bytes);
    }
    task<void> put(std::string key) {
        put_request what;
        what.bucket = "bucket";
        what.key = std::move(key);
        const std::string text(1000, 'x');
        memory_source body(as_bytes(text));
        const auto done = co_await asked->put(what, body, deadline::in(patience));
        note(done, done.has_value());
    }
    template <class Answer>
    void note(const Answer& answer, bool whole) {
        ++(whole ? whole_answers : others);
        if (!answer) why = describe(answer.error());
    }
    void spawn_all(task_group& group, const char* to_get, const char* to_put) {
        for (unsigned n = 0; n < many; ++n)
            if (n % 2 == 0)
                group.spawn([this, to_get] { return get(to_get); });
            else
                group.spawn([this, to_put] { return put(to_put); });
    }

    /// All at once, when all wait for an answer, or, `early`, while they connect and shake hands.
    task<void> begin_and_suspend(bool early) {
        const auto opened = asked->stats().connections_opened;
        const auto requests = asked->stats().requests;
        const std::function<task<void>(task_group&)> body = [&](task_group& group) -> task<void> {
            spawn_all(group, "held", "held/too");
            const auto begun = [&] {
                const client_stats& now = asked->stats();
                // More than once where a first byte seems late.
                return now.connections_busy == many && now.requests >= requests + many &&
                       (early || now.connections_opened >= opened + many);
            };
            for (int n = 0; !begun() && n < 20'000; ++n)
                co_await sleep_for(std::chrono::milliseconds(1));
            if (!begun()) why = "they did not begin";
            if (!early) co_await sleep_for(std::chrono::milliseconds(10));
            group.cancel();
        };
        co_await with_task_group(context.get_executor(), body);
        const client_stats& then = asked->stats();
        if (then.connections_busy != 0 || then.connections_idle != 0) ++left_open;
    }
    task<void> make_them_again() {
        const std::function<task<void>(task_group&)> body = [this](task_group& group
                                                            ) -> task<void> {
            spawn_all(group, "synthetic", "written");
            co_return;
        };
        co_await with_task_group(context.get_executor(), body);
        asked->close(); // so that the next ones connect anew
    }
    task<void> suspend_and_resume() {
        for (const bool early : {false, true, false}) {
            co_await begin_and_suspend(early);
            co_await make_them_again();
        }
    }

    /// All that were suspended told nothing, all that were made again came back whole.
    void check() const {
        BOOST_TEST(whole_answers == 3 * many);
        BOOST_TEST(others == 0u, why);
        BOOST_TEST(why == "");
        BOOST_TEST(left_open == 0u);
    }
    void run_alone() {
        test::run_task(context, suspend_and_resume());
        check();
    }

    boost::asio::io_context context;
    std::unique_ptr<client> asked;
    unsigned whole_answers = 0, others = 0, left_open = 0;
    std::string why;
};

BOOST_AUTO_TEST_CASE(plain_ones_are_suspended_and_made_again) {
    const store silent("127.0.0.1:0");
    lone_client(silent.options()).run_alone();
}

BOOST_AUTO_TEST_CASE(so_are_those_under_tls) {
    const certified tls;
    const store silent("127.0.0.1:0", &tls);
    lone_client(silent.options()).run_alone();
}

BOOST_AUTO_TEST_CASE(so_are_those_through_a_proxy) {
    const certified tls;
    for (const certified* with : {static_cast<const certified*>(nullptr), &tls}) {
        const store silent("127.0.0.1:0", with);
        test::tiny_proxy proxy(silent.server->port());
        client_options how = silent.options();
        how.proxy = proxy_address{"127.0.0.1", proxy.port(), {}, {}};
        lone_client(std::move(how)).run_alone();
        BOOST_TEST(proxy.heads().size() >= 3 * many);
    }
}

BOOST_AUTO_TEST_CASE(so_are_those_to_an_ipv6_address) {
    boost::asio::io_context context;
    tcp::acceptor door(context);
    error_code none;
    door.open(tcp::v6(), none);
    if (!none) door.bind(tcp::endpoint(boost::asio::ip::address_v6::loopback(), 0), none);
    if (none) {
        BOOST_TEST_MESSAGE("this machine has no ::1");
        return;
    }
    const store silent("[::1]:0");
    lone_client(silent.options()).run_alone();
}

BOOST_AUTO_TEST_CASE(clients_of_two_contexts_that_one_thread_runs_do_not_meet) {
    const certified tls;
    const store plain("127.0.0.1:0"), encrypted("127.0.0.1:0", &tls);
    lone_client one(plain.options()), other(encrypted.options());
    int running = 0;
    for (lone_client* each : {&one, &other}) {
        ++running;
        const auto ended = [&running, each](std::exception_ptr thrown) {
            --running;
            if (thrown) each->why = "an exception";
        };
        boost::asio::co_spawn(each->context, each->suspend_and_resume(), ended);
    }
    while (running > 0)
        for (lone_client* each : {&one, &other})
            each->context.run_one_for(std::chrono::milliseconds(1));
    one.check();
    other.check();
}

BOOST_AUTO_TEST_CASE(nor_do_those_of_several_threads) {
    const certified tls;
    const store plain("127.0.0.1:0"), encrypted("127.0.0.1:0", &tls);
    std::vector<std::unique_ptr<lone_client>> clients;
    std::vector<std::thread> threads;
    for (const store* each : {&plain, &encrypted, &plain, &encrypted})
        clients.push_back(std::make_unique<lone_client>(each->options()));
    for (const auto& each : clients)
        threads.emplace_back([&each] { test::run_task(each->context, each->suspend_and_resume()); }
        );
    for (std::thread& each : threads)
        each.join();
    for (const auto& each : clients)
        each->check();
}

BOOST_AUTO_TEST_SUITE_END()
