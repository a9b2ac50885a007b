// tools: the simulator's own pages, for benchmarks that start one.
#include "simulator_control.hpp"

#include <sluice/base/error.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace sluice::command {

namespace asio = boost::asio;

result<void> simulator_control::put(const std::string& page, const std::string& json) const {
    return ask("PUT", page, json);
}

result<void> simulator_control::reach() const {
    return ask("GET", "/_sim/faults", "");
}

result<void> simulator_control::ask(
    const std::string& method, const std::string& page, const std::string& json
) const {
    const std::size_t host_at = url_.find("://") + 3, port_at = url_.rfind(':') + 1;
    const std::string host = url_.substr(host_at, port_at - 1 - host_at);
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    const auto port = static_cast<std::uint16_t>(std::stoul(url_.substr(port_at)));
    if (!error) socket.connect({address, port}, error);
    const std::string request =
        method + " " + page + " HTTP/1.1\r\nhost: " + host +
        "\r\nconnection: close\r\ncontent-length: " + std::to_string(json.size()) + "\r\n\r\n" +
        json;
    if (!error) asio::write(socket, asio::buffer(request), error);
    std::string answer;
    if (!error) asio::read(socket, asio::dynamic_buffer(answer), error);
    if (answer.starts_with("HTTP/1.1 2")) return result<void>();
    failure why;
    why.code = errc::io_error;
    why.where = url_ + page + ": " + (answer.empty() ? error.message() : answer);
    return why;
}

} // namespace sluice::command
