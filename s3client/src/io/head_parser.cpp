// s3client: Beast's parser, fed one whole head at a time.
#include "head_parser.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace sluice::s3 {

namespace {

failure malformed_head(std::string what) {
    failure why;
    why.code = s3_errc::malformed_answer;
    why.where = "the answer is not HTTP: " + std::move(what);
    return why;
}

namespace http = boost::beast::http;
using boost::beast::string_view;

/// Beast reads the head, and its fields go straight to where they are kept.
class head_reader final : public http::basic_parser<false> {
  public:
    explicit head_reader(response_head& head) : head_(head) {}

  private:
    using code = boost::system::error_code;

    void on_response_impl(int status, string_view, int, code&) override {
        head_.status = static_cast<unsigned>(status);
    }
    void on_field_impl(http::field, string_view name, string_view value, code&) override {
        head_.headers.push_back_lower({{name.data(), name.size()}, {value.data(), value.size()}});
    }
    // What follows is of no concern: requests, and bodies, which are skipped.
    void on_request_impl(http::verb, string_view, string_view, int, code&) override {}
    void on_header_impl(code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, code&) override {}
    std::size_t on_body_impl(string_view, code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, string_view, code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, code&) override { return 0; }
    void on_finish_impl(code&) override {}

    response_head& head_;
};

} // namespace

std::size_t find_head_end(std::string_view text, std::size_t searched) {
    constexpr std::string_view blank_line = "\r\n\r\n";
    const std::size_t from = searched - std::min(searched, blank_line.size() - 1);
    const auto end = text.find(blank_line, from);
    return end == std::string_view::npos ? 0 : end + 4;
}

result<response_head> parse_response_head(std::string_view text, response_head&& room) {
    response_head head = std::move(room);
    head.clear();
    head_reader parser(head);
    parser.header_limit(most_head_bytes);
    parser.body_limit(boost::none);
    parser.skip(true); // bodies are ours to read
    boost::system::error_code why;
    parser.put(boost::asio::buffer(text.data(), text.size()), why);
    if (why) return malformed_head(why.message());
    if (!parser.is_header_done()) return malformed_head("its head is not whole");
    head.chunked = parser.chunked();
    head.keep_alive = parser.keep_alive();
    if (head.find("content-length")) {
        if (head.chunked || head.find("transfer-encoding"))
            return malformed_head("it has both a length and chunks");
        const auto length = parser.content_length();
        if (!length) return malformed_head("its length is not a number");
        head.content_length = *length;
    }
    return head;
}

} // namespace sluice::s3
