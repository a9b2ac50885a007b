// test: a proxy that knows CONNECT and leads everything to one server. Blocking, one thread each.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::test {

class tiny_proxy {
  public:
    /// To 127.0.0.1:`target`, whatever is asked for.
    explicit tiny_proxy(std::uint16_t target) : target_(target) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at = address(0);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at);
        ::listen(listener_, 128);
        socklen_t size = sizeof at;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        threads_.emplace_back([this] { accept_all(); });
    }
    /// All connections must have been closed.
    ~tiny_proxy() {
        ::shutdown(listener_, SHUT_RDWR);
        threads_.front().join();
        ::close(listener_);
        for (std::size_t i = 1; i < threads_.size(); ++i)
            threads_[i].join();
    }
    tiny_proxy(const tiny_proxy&) = delete;
    tiny_proxy& operator=(const tiny_proxy&) = delete;

    std::uint16_t port() const { return port_; }
    /// The heads that came.
    std::vector<std::string> heads() {
        const std::lock_guard lock(mutex_);
        return heads_;
    }

  private:
    static sockaddr_in address(std::uint16_t port) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return at;
    }
    void accept_all() {
        for (int client; (client = ::accept(listener_, nullptr, nullptr)) >= 0;)
            threads_.emplace_back([this, client] { serve(client); });
    }
    void serve(int client) {
        std::string head;
        char next = 0;
        while (!head.ends_with("\r\n\r\n") && ::recv(client, &next, 1, 0) == 1)
            head += next;
        {
            const std::lock_guard lock(mutex_);
            heads_.push_back(head);
        }
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at = address(target_);
        const std::string go = "HTTP/1.1 200 Connection established\r\n\r\n";
        if (::connect(server, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
            ::send(client, go.data(), go.size(), MSG_NOSIGNAL) > 0)
            relay(client, server);
        ::close(server);
        ::close(client);
    }
    static void relay(int client, int server) {
        std::string buffer(1 << 16, '\0');
        while (true) {
            pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
            if (::poll(both, 2, -1) < 0) return;
            for (int i = 0; i < 2; ++i) {
                if (both[i].revents == 0) continue;
                const auto got = ::recv(both[i].fd, buffer.data(), buffer.size(), 0);
                if (got <= 0) return;
                for (ssize_t sent = 0; sent < got;) {
                    const auto rest = static_cast<std::size_t>(got - sent);
                    const auto n = ::send(both[1 - i].fd, buffer.data() + sent, rest, MSG_NOSIGNAL);
                    if (n <= 0) return;
                    sent += n;
                }
            }
        }
    }

    std::uint16_t target_, port_ = 0;
    int listener_ = -1;
    std::mutex mutex_;
    std::vector<std::string> heads_;
    std::vector<std::thread> threads_; ///< the first accepts and makes the others
};

} // namespace sluice::test
