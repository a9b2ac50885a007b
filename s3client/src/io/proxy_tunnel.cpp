// s3client: CONNECT.
#include "proxy_tunnel.hpp"

#include "head_parser.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

failure no_tunnel(error_code code) {
    failure why;
    const bool late = code == boost::asio::error::timed_out;
    why.code = late ? s3_errc::timed_out : s3_errc::connect_failed;
    why.where = "the proxy does not answer (" + code.message() + ")";
    return why;
}

task<error_code> write_all(byte_stream& over, std::string_view text, deadline by) {
    while (!text.empty()) {
        const moved step = over.try_write(as_bytes(text));
        text.remove_prefix(step.bytes);
        if (step.error) co_return step.error;
        if (step.bytes > 0) continue;
        const error_code late = co_await over.wait(step.next, by);
        if (late) co_return late;
    }
    co_return error_code();
}

/// Byte by byte: what follows the head belongs to the store.
task<error_code> read_head(byte_stream& over, std::string& head, deadline by) {
    std::byte next{};
    while (!head.ends_with("\r\n\r\n")) {
        const moved step = over.try_read(bytes_span(&next, 1));
        if (step.error) co_return step.error;
        if (step.bytes > 0) {
            head += static_cast<char>(next);
            if (head.size() > most_head_bytes) co_return boost::asio::error::message_size;
            continue;
        }
        const error_code late = co_await over.wait(step.next, by);
        if (late) co_return late;
    }
    co_return error_code();
}

} // namespace

task<result<void>>
open_tunnel(byte_stream& over, const server_address& to, const proxy_address& proxy, deadline by) {
    const std::string request = write_connect(to, proxy);
    const error_code unsent = co_await write_all(over, request, by);
    if (unsent) co_return no_tunnel(unsent);
    std::string text;
    const error_code unread = co_await read_head(over, text, by);
    if (unread) co_return no_tunnel(unread);
    const auto head = parse_response_head(text);
    if (!head) co_return head.error();
    if (head->status < 200 || head->status >= 300)
        co_return refused_by_proxy(head->status, to, proxy);
    co_return result<void>();
}

} // namespace sluice::s3
