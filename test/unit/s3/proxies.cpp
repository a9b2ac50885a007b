// Tests of s3client/src/core/proxy.cpp and src/io/proxy_tunnel.cpp.
#include "environments.hpp"
#include "io/proxy_tunnel.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/error.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(proxies)

/// "host:port" of the proxy for that endpoint, "" for none.
std::string proxy_for(const std::string& url, std::map<std::string, std::string> values) {
    const auto found = find_proxy(env_of(std::move(values)), *parse_endpoint(url));
    BOOST_REQUIRE(found.has_value());
    if (!*found) return "";
    return (*found)->host + ":" + std::to_string((*found)->port);
}

BOOST_AUTO_TEST_CASE(a_url_names_host_port_and_user) {
    const auto full = parse_proxy("http://us%40er:p%3Aw%2F@proxy.example:3128/");
    BOOST_REQUIRE(full.has_value());
    BOOST_TEST(full->host == "proxy.example");
    BOOST_TEST(full->port == 3128);
    BOOST_TEST(full->user == "us@er");
    BOOST_TEST(full->password == "p:w/");
    BOOST_TEST(parse_proxy("proxy.example")->port == 80);
    BOOST_TEST(parse_proxy("[::1]:8080")->host == "::1");
    for (const char* const bad :
         {"",
          "https://p.example",
          "socks5://p.example",
          "http://p.example/path",
          "http://u%zz@p.example",
          "http://canary:canary@bad host",
          "p:99999"}) {
        const auto refused = parse_proxy(bad);
        BOOST_REQUIRE_MESSAGE(!refused.has_value(), bad);
        BOOST_TEST((refused.error().code == errc::invalid_argument));
        BOOST_TEST(refused.error().where.find("canary") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(the_scheme_decides_which_variable_counts) {
    const std::map<std::string, std::string> both = {
        {"HTTPS_PROXY", "http://secure:1"}, {"HTTP_PROXY", "http://plain:2"}};
    BOOST_TEST(proxy_for("https://s3.example", both) == "secure:1");
    BOOST_TEST(proxy_for("http://s3.example", both) == "plain:2");
    BOOST_TEST(proxy_for("https://s3.example", {{"HTTP_PROXY", "http://plain:2"}}) == "");
    BOOST_TEST(
        proxy_for("https://s3.example", {{"https_proxy", "a:1"}, {"HTTPS_PROXY", "b:1"}}) == "a:1"
    );
    BOOST_TEST(proxy_for("https://s3.example", {{"HTTPS_PROXY", ""}}) == "");
    const auto wrong =
        find_proxy(env_of({{"HTTPS_PROXY", "ftp://canary@x"}}), *parse_endpoint("https://h"));
    BOOST_REQUIRE(!wrong.has_value());
    BOOST_TEST(wrong.error().where.starts_with("HTTPS_PROXY: "));
    BOOST_TEST(wrong.error().where.find("canary") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_proxy_leaves_hosts_out) {
    const auto asks = [](const std::string& url, const std::string& list) {
        return !proxy_for(url, {{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", list}}).empty();
    };
    for (const char* const list :
         {"*",
          "s3.example",
          "S3.Example",
          ".example",
          "example",
          "*.example",
          "a, s3.example ,b",
          "s3.example:443"})
        BOOST_TEST(!asks("https://s3.example", list), list);
    for (const char* const list :
         {"",
          "3.example",
          "other.example",
          "s3.example:80",
          "s3",
          "x.s3.example",
          ",",
          "10.0.0.0/8"})
        BOOST_TEST(asks("https://s3.example", list), list);
    for (const char* const list :
         {"10.1.2.3", "10.0.0.0/8", "10.1.2.0/24", "0.0.0.0/0", "10.1.2.3/32"})
        BOOST_TEST(!asks("https://10.1.2.3", list), list);
    for (const char* const list : {"10.1.2.4/32", "11.0.0.0/8", "10.1.2.0/33", "10.1.2/24"})
        BOOST_TEST(asks("https://10.1.2.3", list), list);
    BOOST_TEST(!asks("https://[2001:db8::1]", "2001:db8::1"));
    BOOST_TEST(!asks("https://[2001:db8::1]:9000", "[2001:db8::1]:9000"));
    BOOST_TEST(asks("https://[2001:db8::1]:9000", "[2001:db8::1]:9001"));
}

BOOST_AUTO_TEST_CASE(the_own_machine_is_never_asked_for_at_a_proxy) {
    for (const char* const url :
         {"https://localhost", "https://127.0.0.1:9000", "https://127.9.9.9", "https://[::1]:9000"})
        BOOST_TEST(proxy_for(url, {{"HTTPS_PROXY", "p:1"}}) == "", url);
    BOOST_TEST(proxy_for("https://127.evil.example", {{"HTTPS_PROXY", "p:1"}}) == "p:1");
}

const server_address store{"s3.example", 443, true};

/// What comes of a tunnel through a proxy that answers so.
result<void>
tunnel(scripted_server& server, const proxy_address& proxy, std::string* rest = nullptr) {
    boost::asio::io_context context;
    scripted_stream stream(server);
    const auto opened =
        test::run_task(context, open_tunnel(stream, store, proxy, deadline::never()));
    std::byte next{};
    while (rest != nullptr) {
        const moved step = stream.try_read(bytes_span(&next, 1));
        if (step.bytes == 0) break;
        *rest += static_cast<char>(next);
    }
    return opened;
}

scripted_server answering(const std::string& text) {
    scripted_server server;
    server.exchanges.emplace_back(text);
    return server;
}

BOOST_AUTO_TEST_CASE(a_tunnel_is_asked_for_and_begins_behind_the_head) {
    scripted_server server =
        answering("HTTP/1.1 200 Connection established\r\nVia: p\r\n\r\nhello");
    server.slice = 3;
    std::string rest;
    BOOST_TEST(tunnel(server, {"p", 3128, "", ""}, &rest).has_value());
    BOOST_TEST(rest == "hello");
    BOOST_TEST(
        server.requests.at(0) == "CONNECT s3.example:443 HTTP/1.1\r\nhost: s3.example:443\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(user_and_password_go_along_and_nowhere_else) {
    for (const char* const status :
         {"407 Proxy Authentication Required", "403 Forbidden", "502 Bad"}) {
        scripted_server server =
            answering("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\n\r\n");
        const auto refused = tunnel(server, {"p", 3128, "user", "canary"});
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().code == s3_errc::connect_failed));
        BOOST_TEST(refused.error().where.find("p:3128") != std::string::npos);
        BOOST_TEST(describe(refused.error()).find("canary") == std::string::npos);
        BOOST_TEST(describe(refused.error()).find("dXNlcjpjYW5hcnk=") == std::string::npos);
        BOOST_TEST(
            server.requests.at(0).find("\r\nproxy-authorization: Basic dXNlcjpjYW5hcnk=\r\n") !=
            std::string::npos
        );
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_says_nothing_useful_is_a_failure) {
    const proxy_address proxy{"p", 3128, "", ""};
    scripted_server closes = answering("");
    BOOST_TEST((tunnel(closes, proxy).error().code == s3_errc::connect_failed));
    scripted_server cut = answering("HTTP/1.1 200 OK\r\n");
    BOOST_TEST((tunnel(cut, proxy).error().code == s3_errc::connect_failed));
    scripted_server silent = answering("");
    silent.silent_at_end = true;
    BOOST_TEST((tunnel(silent, proxy).error().code == s3_errc::timed_out));
    scripted_server other = answering("SSH-2.0-OpenSSH\r\n\r\n");
    BOOST_TEST((tunnel(other, proxy).error().code == s3_errc::malformed_answer));
    scripted_server endless = answering("HTTP/1.1 200 OK\r\nx: " + std::string(40'000, 'x'));
    BOOST_TEST(!tunnel(endless, proxy).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
