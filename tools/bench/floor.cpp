// bench: what costs are compared with: a copy over loopback, small requests and answers, and a TLS
// download as Asio's own stream does it.
#include <sluice/base/result.hpp>
#include <sluice/s3/presign.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using tls_stream = asio::ssl::stream<tcp::socket>;

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "sluice-bench-floor: %s\n", why.c_str());
    std::exit(1);
}

int must(int done, const char* what) {
    if (done < 0) give_up(std::string(what) + " failed");
    return done;
}

/// `bytes` from a child to this process, 1 MiB at a time. Whoever waits for this process is told
/// the CPU time of both ends.
/// Without the sender's share, whoever waits for this process is charged for the receiving alone.
enum class charge { both, receiver };

void copy(unsigned long long bytes, charge whom) {
    // Beginning with a page: elsewhere, the kernel's copies may cost three times as much.
    constexpr std::size_t page = 4096;
    std::vector<char> room((1 << 20) + page, 'x');
    void* begin = room.data();
    std::size_t left = room.size();
    const std::span<char> block(
        static_cast<char*>(std::align(page, 1 << 20, begin, left)), std::size_t(1) << 20
    );
    const int door = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    must(::bind(door, reinterpret_cast<sockaddr*>(&where), size), "bind");
    must(::listen(door, 1), "listen");
    must(::getsockname(door, reinterpret_cast<sockaddr*>(&where), &size), "getsockname");
    const pid_t child = must(::fork(), "fork");
    if (child == 0) {
        const int to = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        must(::connect(to, reinterpret_cast<sockaddr*>(&where), size), "connect");
        for (unsigned long long sent = 0; sent < bytes;) {
            const auto n = ::send(
                to, block.data(), std::min<unsigned long long>(block.size(), bytes - sent), 0
            );
            sent += static_cast<unsigned long long>(must(static_cast<int>(n), "send"));
        }
        ::_exit(0);
    }
    const int from = must(::accept(door, nullptr, nullptr), "accept");
    unsigned long long got = 0;
    while (true) {
        const auto n = must(static_cast<int>(::recv(from, block.data(), block.size(), 0)), "recv");
        if (n == 0) break;
        got += static_cast<unsigned long long>(n);
    }
    if (whom == charge::both) ::waitpid(child, nullptr, 0);
    if (got != bytes) give_up("the copy ended early");
}

constexpr std::size_t request_bytes = 500, answer_bytes = 4500; // of a signed GET of 4 KiB

int connect_to(const sockaddr_in& where) {
    const int to = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(::connect(to, reinterpret_cast<const sockaddr*>(&where), sizeof where), "connect");
    const int yes = 1;
    must(::setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), "TCP_NODELAY");
    return to;
}

int watch(int events_of, int one) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = one;
    return must(::epoll_ctl(events_of, EPOLL_CTL_ADD, one, &event), "epoll_ctl");
}

/// Answers each request until the last connection is closed.
[[noreturn]] void answer_all(int door, unsigned connections) {
    const int events_of = must(::epoll_create1(0), "epoll_create1");
    for (unsigned n = 0; n < connections; ++n)
        watch(events_of, must(::accept(door, nullptr, nullptr), "accept"));
    std::vector<char> room(answer_bytes);
    std::vector<epoll_event> events(64);
    while (connections > 0) {
        const int some = must(::epoll_wait(events_of, events.data(), 64, -1), "epoll_wait");
        for (int n = 0; n < some; ++n) {
            const int one = events[static_cast<std::size_t>(n)].data.fd;
            if (::recv(one, room.data(), room.size(), 0) > 0) {
                ::send(one, room.data(), room.size(), MSG_NOSIGNAL);
                continue;
            }
            ::close(one);
            --connections;
        }
    }
    ::_exit(0);
}

double microseconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

/// The least that small requests cost: one send and one recv each, and as few waits as possible.
void exchange(unsigned connections, unsigned long long requests) {
    const int door = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    must(::bind(door, reinterpret_cast<sockaddr*>(&where), size), "bind");
    must(::listen(door, static_cast<int>(connections)), "listen");
    must(::getsockname(door, reinterpret_cast<sockaddr*>(&where), &size), "getsockname");
    if (must(::fork(), "fork") == 0) answer_all(door, connections);
    const int events_of = must(::epoll_create1(0), "epoll_create1");
    std::vector<char> room(32 << 10);
    std::map<int, std::size_t> arrived;
    for (unsigned n = 0; n < connections; ++n) {
        const int one = connect_to(where);
        watch(events_of, one);
        arrived[one] = 0;
    }
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    for (const auto& [one, none] : arrived)
        must(static_cast<int>(::send(one, room.data(), request_bytes, 0)), "send");
    std::vector<epoll_event> events(128);
    for (unsigned long long done = 0; done < requests;) {
        const int some = must(::epoll_wait(events_of, events.data(), 128, -1), "epoll_wait");
        for (int n = 0; n < some; ++n) {
            const int one = events[static_cast<std::size_t>(n)].data.fd;
            const auto got =
                must(static_cast<int>(::recv(one, room.data(), room.size(), 0)), "recv");
            arrived[one] += static_cast<std::size_t>(got);
            if (arrived[one] < answer_bytes) continue;
            arrived[one] = 0;
            ++done;
            must(static_cast<int>(::send(one, room.data(), request_bytes, 0)), "send");
        }
    }
    ::getrusage(RUSAGE_SELF, &after);
    const auto each = static_cast<double>(requests);
    std::printf(
        "%.1f us of CPU per request: user %.1f, system %.1f\n",
        (microseconds(after.ru_utime) - microseconds(before.ru_utime) +
         microseconds(after.ru_stime) - microseconds(before.ru_stime)) /
            each,
        (microseconds(after.ru_utime) - microseconds(before.ru_utime)) / each,
        (microseconds(after.ru_stime) - microseconds(before.ru_stime)) / each
    );
}

struct download {
    std::string url, bucket, key; ///< https://host:port
    unsigned long long bytes = 0, range = 0;
};

std::string signed_target(const download& what, sluice::s3::endpoint& where) {
    auto parsed = sluice::s3::parse_endpoint(what.url);
    if (!parsed) give_up(sluice::describe(parsed.error()));
    where = *parsed;
    where.style = sluice::s3::path_style::always;
    sluice::s3::credentials who;
    for (const auto& [name, to] :
         {std::pair{"AWS_ACCESS_KEY_ID", &who.access_key},
          std::pair{"AWS_SECRET_ACCESS_KEY", &who.secret_key}})
        if (const char* value = std::getenv(name)) *to = value;
    sluice::s3::presign_request request;
    request.bucket = what.bucket;
    request.key = what.key;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto url = sluice::s3::presign(request, where, who, now);
    if (!url) give_up(sluice::describe(url.error()));
    return url->substr(url->find('/', std::string("https://").size()));
}

/// Reads the ranges one after the other over one connection, into the same 256 KiB.
asio::awaitable<void> read_ranges(const download& what) {
    sluice::s3::endpoint where;
    const std::string target = signed_target(what, where);
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.set_verify_mode(asio::ssl::verify_none);
    const auto on = co_await asio::this_coro::executor;
    tls_stream stream(on, context);
    const tcp::endpoint address(asio::ip::make_address(where.host), where.port);
    co_await stream.next_layer().async_connect(address, asio::use_awaitable);
    stream.next_layer().set_option(tcp::no_delay(true));
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    std::vector<char> window(256 << 10);
    const std::string host = where.host + ":" + std::to_string(where.port);
    for (unsigned long long first = 0; first < what.bytes; first += what.range) {
        const auto last = std::min(first + what.range, what.bytes) - 1;
        const std::string request = "GET " + target + " HTTP/1.1\r\nhost: " + host +
                                    "\r\nrange: bytes=" + std::to_string(first) + "-" +
                                    std::to_string(last) + "\r\n\r\n";
        const asio::const_buffer sent(request.data(), request.size());
        co_await asio::async_write(stream, sent, asio::use_awaitable);
        std::string head;
        auto into = asio::dynamic_buffer(head, 64 << 10);
        const std::string_view end = "\r\n\r\n";
        const auto head_size =
            co_await asio::async_read_until(stream, into, end, asio::use_awaitable);
        if (!head.starts_with("HTTP/1.1 206")) give_up(head.substr(0, head_size));
        unsigned long long left = last + 1 - first - (head.size() - head_size);
        while (left > 0) {
            const auto room =
                asio::buffer(window.data(), std::min<unsigned long long>(window.size(), left));
            left -= co_await stream.async_read_some(room, asio::use_awaitable);
        }
    }
}

void read_over_tls(const download& what) {
    asio::io_context context(1);
    std::exception_ptr thrown;
    asio::co_spawn(context, read_ranges(what), [&thrown](std::exception_ptr why) { thrown = why; });
    context.run();
    if (thrown) std::rethrow_exception(thrown);
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 2 && words[0] == "copy") {
            copy(std::stoull(words[1]), charge::both);
            return 0;
        }
        if (words.size() == 2 && words[0] == "receive") {
            copy(std::stoull(words[1]), charge::receiver);
            return 0;
        }
        if (words.size() == 3 && words[0] == "requests") {
            exchange(static_cast<unsigned>(std::stoul(words[1])), std::stoull(words[2]));
            return 0;
        }
        if (words.size() == 6 && words[0] == "tls") {
            read_over_tls(
                {words[1], words[2], words[3], std::stoull(words[4]), std::stoull(words[5])}
            );
            return 0;
        }
    } catch (const std::exception& why) {
        give_up(why.what());
    }
    std::fputs(
        "usage: sluice-bench-floor copy BYTES\n"
        "       sluice-bench-floor receive BYTES\n"
        "       sluice-bench-floor requests CONNECTIONS REQUESTS\n"
        "       sluice-bench-floor tls https://ADDRESS:PORT BUCKET KEY BYTES RANGE\n",
        stderr
    );
    return 2;
}
