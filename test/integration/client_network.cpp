// test: the client's real network: addresses and names that a test makes up, sockets that are
// counted.
#include "io/client_impl.hpp"
#include "run_task.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/sim/server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/socket.h>

using namespace sluice;
using namespace sluice::s3;
using boost::asio::ip::tcp;

BOOST_AUTO_TEST_SUITE(client_network)

using addresses = std::vector<std::string>;

std::unique_ptr<sim::server> simulator(const std::string& listen) {
    sim::server_options options;
    options.listen = listen;
    options.buckets = {"bucket"};
    auto started = sim::server::start(options);
    BOOST_REQUIRE_MESSAGE(started.has_value(), (started ? "" : describe(started.error())));
    return std::move(*started);
}

/// A name server by script: each question takes the next answer, the last one for ever. No
/// addresses: there is no such name.
struct names {
    std::vector<addresses> answers;
    std::size_t asked = 0;

    name_look_up on(any_io_executor where) {
        return [this, where](const std::string&, addresses_told then) {
            const addresses found = answers.at(std::min(asked++, answers.size() - 1));
            boost::asio::post(where, [found, then = std::move(then)] {
                error_code why;
                if (found.empty()) why = boost::asio::error::host_not_found;
                then(why, found);
            });
        };
    }
};

/// A client whose names are made up.
struct reached {
    explicit reached(
        const std::string& url,
        std::vector<addresses> answers = {{}},
        std::chrono::milliseconds to_connect = std::chrono::milliseconds(5000)
    ) {
        dns.answers = std::move(answers);
        client_options options;
        options.where = *parse_endpoint(url);
        options.who = {"simulator", "simulator-secret", "", false};
        options.limits.retries.max_attempts = 1;
        options.limits.max_idle_age = std::chrono::milliseconds(0); // each request connects
        auto through = create_network(
            context.get_executor(),
            options.where,
            std::nullopt,
            to_connect,
            reach::stores,
            {dns.on(context.get_executor()), {}}
        );
        BOOST_REQUIRE(through.has_value());
        client = std::make_unique<client_impl>(
            context.get_executor(), std::move(options), std::move(*through)
        );
    }
    result<put_receipt> put() {
        put_request what;
        what.bucket = "bucket";
        what.key = "key";
        const std::string text = "there and back";
        memory_source body(as_bytes(text));
        const deadline by = deadline::in(std::chrono::seconds(30));
        auto done = test::run_task(context, client->put(what, body, by));
        client->close();
        return done;
    }
    void works() {
        const auto done = put();
        BOOST_TEST(done.has_value(), (done ? "" : describe(done.error())));
    }
    failure fails(s3_errc code) {
        const auto done = put();
        BOOST_REQUIRE(!done.has_value());
        BOOST_TEST((done.error().code == code), describe(done.error()));
        return done.error();
    }

    boost::asio::io_context context;
    names dns;
    std::unique_ptr<client_impl> client;
};

std::string url_of(const char* host, const sim::server& of) {
    return "http://" + std::string(host) + ":" + std::to_string(of.port());
}

/// Sockets of this process.
std::size_t sockets() {
    std::size_t found = 0;
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(each.path(), gone);
        if (!gone && target.string().starts_with("socket:")) ++found;
    }
    return found;
}

bool has_ipv6() {
    boost::asio::io_context context;
    tcp::acceptor door(context);
    error_code why;
    door.open(tcp::v6(), why);
    if (!why) door.bind(tcp::endpoint(boost::asio::ip::address_v6::loopback(), 0), why);
    return !why;
}

BOOST_AUTO_TEST_CASE(a_store_at_an_ipv6_address_is_reached) {
    if (!has_ipv6()) {
        BOOST_TEST_MESSAGE("this machine has no ::1");
        return;
    }
    const auto server = simulator("[::1]:0");
    BOOST_TEST(server->url().starts_with("http://[::1]:"));
    reached(server->url()).works();
    reached(url_of("store", *server), {{"::1"}}).works();
}

BOOST_AUTO_TEST_CASE(the_next_address_is_tried_where_one_refuses) {
    const auto server = simulator("127.0.0.2:0");
    reached one(url_of("store", *server), {{"127.0.0.1", "127.0.0.3", "127.0.0.2", "127.0.0.4"}});
    for (int n = 0; n < 4; ++n)
        one.works();
    if (has_ipv6()) reached(url_of("store", *server), {{"::1", "127.0.0.2"}}).works();
}

BOOST_AUTO_TEST_CASE(connections_take_turns_among_the_addresses_of_a_name) {
    const auto server = simulator("127.0.0.2:0");
    sim::server_options options;
    options.listen = "127.0.0.3:" + std::to_string(server->port());
    options.buckets = {"another"};
    const auto other = sim::server::start(options);
    BOOST_REQUIRE(other.has_value());
    reached one(url_of("store", *server), {{"127.0.0.2", "127.0.0.3"}});
    unsigned there = 0, not_there = 0;
    for (int n = 0; n < 8; ++n) {
        const auto done = one.put();
        there += done ? 1 : 0;
        not_there += !done && done.error().code == s3_errc::no_such_bucket ? 1 : 0;
    }
    BOOST_TEST(there == 4u);
    BOOST_TEST(not_there == 4u);
}

BOOST_AUTO_TEST_CASE(a_name_is_asked_for_again_after_a_refusal_and_not_before) {
    const auto server = simulator("127.0.0.2:0");
    reached one(url_of("store", *server), {{"127.0.0.2"}, {"127.0.0.3"}});
    one.works();
    one.works();
    BOOST_TEST(one.dns.asked == 1u); // each lasts a minute
    reached moved(url_of("store", *server), {{"127.0.0.3"}, {"127.0.0.2"}});
    moved.fails(s3_errc::connect_failed);
    moved.works();
    BOOST_TEST(moved.dns.asked == 2u);
}

BOOST_AUTO_TEST_CASE(answers_that_change_with_each_question_are_followed) {
    const auto server = simulator("127.0.0.2:0");
    reached one(
        url_of("store", *server),
        {{"127.0.0.3"}, {"127.0.0.4", "127.0.0.5"}, {"127.0.0.5", "127.0.0.2"}}
    );
    one.fails(s3_errc::connect_failed);
    one.fails(s3_errc::connect_failed);
    one.works();
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_knows_is_told_and_asked_for_again) {
    const auto server = simulator("127.0.0.2:0");
    reached one(url_of("store", *server), {{}, {"127.0.0.2"}});
    const failure why = one.fails(s3_errc::connect_failed);
    BOOST_TEST(why.where.find("is the host name right?") != std::string::npos, why.where);
    one.works();
}

BOOST_AUTO_TEST_CASE(no_request_goes_to_an_address_that_no_store_has) {
    const auto server = simulator("127.0.0.2:0");
    for (const char* const each :
         {"169.254.169.254",
          "169.254.170.2",
          "0.0.0.0",
          "224.0.0.1",
          "255.255.255.255",
          "::ffff:169.254.169.254",
          "fe80::1",
          "fd00:ec2::254",
          "ff02::1",
          "::"}) {
        const failure why =
            reached(url_of("store", *server), {{each}}).fails(s3_errc::unsafe_input);
        BOOST_TEST(why.where.find(each) != std::string::npos, why.where);
    }
    reached("http://169.254.169.254").fails(s3_errc::unsafe_input);
    reached("http://[::ffff:169.254.169.254]").fails(s3_errc::unsafe_input);
    // Its other addresses are as good as ever.
    reached(url_of("store", *server), {{"169.254.169.254", "127.0.0.2"}}).works();
}

/// A server that accepts connections and keeps silent, and a client of it.
struct silence {
    boost::asio::io_context other;
    tcp::acceptor server{other, {boost::asio::ip::make_address("127.0.0.2"), 0}};
    reached mute{"http://127.0.0.2:" + std::to_string(server.local_endpoint().port())};

    /// What becomes of a call that is cancelled while its answer is waited for.
    template <class T>
    std::pair<std::exception_ptr, std::optional<error_code>> cancelled(task<result<T>> asked) {
        boost::asio::cancellation_signal signal;
        std::exception_ptr why;
        std::optional<error_code> code;
        bool told = false;
        auto ended = [&](std::exception_ptr thrown, const result<T>& outcome) {
            why = thrown;
            if (!thrown && !outcome) code = outcome.error().code;
            told = true;
        };
        const std::uint64_t before = mute.client->stats().requests;
        auto token = boost::asio::bind_cancellation_slot(signal.slot(), ended);
        mute.context.restart();
        boost::asio::co_spawn(mute.context, std::move(asked), token);
        while (mute.client->stats().requests == before && !told)
            mute.context.run_one();
        mute.context.poll();
        BOOST_TEST_REQUIRE(!told);
        signal.emit(boost::asio::cancellation_type::terminal);
        mute.context.restart();
        mute.context.run(); // ends: nothing is left to wait for
        BOOST_TEST(told);
        BOOST_TEST(mute.client->stats().connections_busy == 0u);
        BOOST_TEST(mute.client->stats().connections_idle == 0u);
        return {why, code};
    }
};

template <class Request>
Request wanted(bool tells) {
    Request what;
    what.bucket = "bucket";
    what.key = "key";
    if constexpr (requires { what.upload_id; }) what.upload_id = "upload";
    what.tells_cancellation = tells;
    return what;
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_while_no_answer_comes_gets_an_exception_and_holds_nothing) {
    silence around;
    memory_source body(as_bytes(std::string_view("x")));
    memory_sink to(1);
    const auto put = wanted<put_request>(false);
    const auto get = wanted<get_request>(false);
    const auto part = wanted<upload_part_request>(false);
    client& mute = *around.mute.client;
    const std::exception_ptr thrown[] = {
        around.cancelled(mute.put(put, body, deadline::never())).first,
        around.cancelled(mute.get(get, to, deadline::never())).first,
        around.cancelled(mute.upload_part(part, body, deadline::never())).first};
    for (const std::exception_ptr& why : thrown) {
        BOOST_REQUIRE(why);
        BOOST_CHECK_EXCEPTION(
            std::rethrow_exception(why),
            boost::system::system_error,
            [](const auto& e) { return e.code() == boost::asio::error::operation_aborted; }
        );
    }
}

BOOST_AUTO_TEST_CASE(who_wants_to_be_told_of_a_cancellation_gets_no_exception) {
    silence around;
    memory_source body(as_bytes(std::string_view("x")));
    memory_sink to(1);
    const auto put = wanted<put_request>(true);
    const auto get = wanted<get_request>(true);
    const auto part = wanted<upload_part_request>(true);
    client& mute = *around.mute.client;
    const std::pair<std::exception_ptr, std::optional<error_code>> outcomes[] = {
        around.cancelled(mute.put(put, body, deadline::never())),
        around.cancelled(mute.get(get, to, deadline::never())),
        around.cancelled(mute.upload_part(part, body, deadline::never()))};
    for (const auto& [thrown, code] : outcomes) {
        BOOST_TEST(!thrown);
        BOOST_TEST_REQUIRE(code.has_value());
        BOOST_TEST((*code == boost::asio::error::operation_aborted));
    }
}

task<void> ask_in_vain(client& asked) {
    get_request what;
    what.bucket = "bucket";
    what.key = "key";
    memory_sink to(1);
    const auto got = co_await asked.get(what, to, deadline::never());
    BOOST_TEST(!got.has_value());
}

constexpr unsigned many = 20;

/// What a host keeps in one coroutine: a client, and requests to a server that keeps silent.
task<void> wait_with_all(any_io_executor where, std::string url, bool& all_wait) {
    client_options options;
    options.where = *parse_endpoint(url);
    options.who.anonymous = true;
    const auto asked = create_client(where, std::move(options));
    auto begin_all = [&](task_group& group) -> task<void> {
        for (unsigned n = 0; n < many; ++n)
            group.spawn([&] { return ask_in_vain(**asked); });
        while ((*asked)->stats().requests < many)
            co_await sleep_for(std::chrono::milliseconds(1));
        all_wait = true;
        co_await sleep_for(std::chrono::hours(1));
    };
    const std::function<task<void>(task_group&)> body = begin_all;
    co_await with_task_group(where, body);
}

BOOST_AUTO_TEST_CASE(requests_that_wait_go_with_a_context_that_is_not_run_to_its_end) {
    boost::asio::io_context other;
    tcp::acceptor silent(other, {boost::asio::ip::make_address("127.0.0.2"), 0});
    const std::string url = "http://127.0.0.2:" + std::to_string(silent.local_endpoint().port());
    const std::size_t before = sockets();
    {
        boost::asio::io_context context; // on a strand, Asio may destroy a parent before its child
        const any_io_executor where = context.get_executor();
        bool all_wait = false;
        const auto ended = [](std::exception_ptr) { BOOST_TEST(false); };
        boost::asio::co_spawn(where, wait_with_all(where, url, all_wait), ended);
        while (!all_wait)
            context.run_one();
        BOOST_TEST(sockets() == before + many);
    }
    BOOST_TEST(sockets() == before);
}

/// An address at which nothing answers a connection: what the kernel lets wait there is used up.
struct black_hole {
    explicit black_hole(const char* address) : door(context) {
        door.open(tcp::v4());
        door.bind({boost::asio::ip::make_address(address), 0});
        door.listen(0);
        for (int n = 0; n < 4; ++n) {
            tcp::socket& one = waiting.emplace_back(context);
            one.open(tcp::v4());
            one.native_non_blocking(true); // Asio's own connect would wait
            const tcp::endpoint to = door.local_endpoint();
            ::connect(one.native_handle(), to.data(), static_cast<socklen_t>(to.size()));
        }
    }
    std::uint16_t port() const { return door.local_endpoint().port(); }

    boost::asio::io_context context;
    tcp::acceptor door;
    std::deque<tcp::socket> waiting;
};

BOOST_AUTO_TEST_CASE(an_address_that_swallows_connections_is_given_up_for_the_next) {
    const black_hole hole("127.0.0.3");
    sim::server_options options;
    options.listen = "127.0.0.2:" + std::to_string(hole.port());
    options.buckets = {"bucket"};
    const auto server = sim::server::start(options);
    BOOST_REQUIRE_MESSAGE(server.has_value(), (server ? "" : describe(server.error())));
    const std::size_t before = sockets();
    {
        const auto soon = std::chrono::milliseconds(40);
        reached lone(url_of("store", **server), {{"127.0.0.3"}}, soon);
        const failure why = lone.fails(s3_errc::timed_out);
        BOOST_TEST(why.where.find("no connection to store:") != std::string::npos, why.where);
        reached one(url_of("store", **server), {{"127.0.0.3", "127.0.0.2"}}, soon);
        one.works();
        one.works(); // it is set aside: both begin with the one that works
        BOOST_TEST(one.client->stats().connections_busy == 0u);
    }
    for (int n = 0; n < 1000 && sockets() > before; ++n)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    BOOST_TEST(sockets() == before);
}

BOOST_AUTO_TEST_CASE(no_socket_is_left_whatever_failed) {
    const auto server = simulator("127.0.0.2:0");
    const std::size_t before = sockets();
    {
        reached one(url_of("store", *server), {{"127.0.0.3", "127.0.0.2"}, {"127.0.0.3"}, {}});
        one.works();
        BOOST_TEST(sockets() >= before);
        for (int n = 0; n < 8; ++n)
            one.put(); // refused, or no such name
        // Who accepts and says nothing, and who ends at once.
        boost::asio::io_context context;
        tcp::acceptor silent(context, {boost::asio::ip::make_address("127.0.0.2"), 0});
        reached mute("http://127.0.0.2:" + std::to_string(silent.local_endpoint().port()));
        put_request what;
        what.bucket = "bucket";
        what.key = "key";
        memory_source body(as_bytes(std::string_view("x")));
        const deadline soon = deadline::in(std::chrono::milliseconds(50));
        const auto late = test::run_task(mute.context, mute.client->put(what, body, soon));
        BOOST_TEST(!late.has_value());
        mute.client->close();
    }
    // The server may not yet have noticed that its side has ended.
    for (int n = 0; n < 1000 && sockets() > before; ++n)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    BOOST_TEST(sockets() == before);
}

BOOST_AUTO_TEST_SUITE_END()
