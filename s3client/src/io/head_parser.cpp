// s3client: Beast's parser, fed one whole head at a time.
#include "head_parser.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

failure malformed_head(std::string what) {
    failure why;
    why.code = s3_errc::malformed_answer;
    why.where = "the answer is not HTTP: " + std::move(what);
    return why;
}

std::string lower_case(std::string_view text) {
    std::string to(text);
    for (char& c : to)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return to;
}

} // namespace

std::size_t find_head_end(std::string_view text, std::size_t searched) {
    constexpr std::string_view blank_line = "\r\n\r\n";
    const std::size_t from = searched - std::min(searched, blank_line.size() - 1);
    const auto end = text.find(blank_line, from);
    return end == std::string_view::npos ? 0 : end + 4;
}

result<response_head> parse_response_head(std::string_view text) {
    namespace http = boost::beast::http;
    http::response_parser<http::empty_body> parser;
    parser.header_limit(most_head_bytes);
    parser.body_limit(boost::none);
    parser.skip(true); // bodies are ours to read
    boost::system::error_code why;
    parser.put(boost::asio::buffer(text.data(), text.size()), why);
    if (why) return malformed_head(why.message());
    if (!parser.is_header_done()) return malformed_head("its head is not whole");
    response_head head;
    const auto& message = parser.get();
    head.status = message.result_int();
    head.chunked = parser.chunked();
    head.keep_alive = message.keep_alive();
    head.headers.reserve(16);
    for (const auto& field : message)
        head.headers.push_back(
            {lower_case({field.name_string().data(), field.name_string().size()}),
             std::string(field.value())}
        );
    if (head.find("content-length") != nullptr) {
        if (head.chunked || head.find("transfer-encoding") != nullptr)
            return malformed_head("it has both a length and chunks");
        const auto length = parser.content_length();
        if (!length) return malformed_head("its length is not a number");
        head.content_length = *length;
    }
    return head;
}

} // namespace sluice::s3
