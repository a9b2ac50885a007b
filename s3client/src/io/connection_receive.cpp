// s3client: an answer off the wire: its head, and its body as text or straight into a sink.
#include "connection.hpp"
#include "head_parser.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/assert.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::string_view xml_blanks = " \t\r\n";

class one_more_body {
  public:
    explicit one_more_body(std::size_t& of) : of_(of) { ++of_; }
    one_more_body(const one_more_body&) = delete;
    one_more_body& operator=(const one_more_body&) = delete;
    ~one_more_body() { --of_; }

  private:
    std::size_t& of_;
};

wire_failure cut_body(std::uint64_t left) {
    return wire_error(
        s3_errc::truncated_body,
        "the connection ended with " + std::to_string(left) + " bytes of the answer missing"
    );
}

} // namespace

bytes_span connection::room_for_input() {
    if (in_.size() == 0) in_ = spare_.take_buffer(most_head_bytes);
    if (in_first_ > 0) {
        std::memmove(in_.span().data(), in_.span().data() + in_first_, in_size_);
        in_first_ = 0;
    }
    const bytes_span room = in_.span().subspan(in_size_);
    BOOST_ASSERT(!room.empty());
    return room;
}

/// The room goes back when nothing is in it.
void connection::leave_room() {
    if (in_size_ > 0 || in_.size() == 0) return;
    spare_.buffers.give(std::move(in_));
    in_ = buffer();
}

/// What is here at once.
moved connection::try_input() {
    const moved step = stream_->try_read(room_for_input());
    look_first_ = step.bytes > 0 && !step.drained;
    input_needs_ = step.next;
    return step;
}

/// Whether more input has come; false at the peer's end. What is not here is waited for.
task<wire_result<bool>> connection::more_input(deadline by) {
    bool look = look_first_ || *input_error_ || stream_->may_hold_input();
    while (true) {
        moved step;
        step.error = *std::exchange(input_error_, rare<error_code>());
        if (look && !step.error) step = try_input();
        if (step.bytes == 0 && !step.error) {
            leave_room();
            step.error = co_await stream_->wait(input_needs_, by);
            look = true;
            if (!step.error) continue;
        }
        co_return take_input(step);
    }
}

bool connection::answer_comes() {
    if (in_size_ > 0 || *input_error_) return true;
    if (!look_first_ && !stream_->may_hold_input()) return false;
    const moved step = try_input();
    in_size_ = step.bytes;
    if (step.error) input_error_ = step.error;
    answer_begun_ = in_size_ > 0;
    return in_size_ > 0 || step.error;
}

parking* connection::parks() {
    leave_room();
    look_first_ = true; // what comes is for the look after this
    return stream_->parks();
}

task<error_code> connection::wait_for_answer(deadline by) {
    return stream_->wait(input_needs_, by);
}

/// Whether more input has come; false at the peer's end.
wire_result<bool> connection::take_input(const moved& step) {
    if (step.error == boost::asio::error::timed_out)
        return stream_error(step.error, "no answer came");
    if (step.error == boost::asio::error::eof) return false;
    if (step.error) return stream_error(step.error, "the connection was lost");
    in_size_ += step.bytes;
    answer_begun_ = true;
    return true;
}

std::optional<wire_result<response_head>> connection::head_at_hand(bool answers_head_request) {
    if (in_size_ > 0) answer_begun_ = true;
    while (in_size_ > 0 && drop_interim_head())
        searched_ = 0;
    const std::size_t end = find_head_end(input(), searched_);
    searched_ = end > 0 ? 0 : in_size_;
    if (end == 0) return std::nullopt;
    auto head = parse_response_head(input().substr(0, end), spare_.heads.take());
    if (!head) return wire_error(head.error().code, head.error().where);
    consume(end);
    frame(*head, answers_head_request);
    return wire_result<response_head>(std::move(*head));
}

task<wire_result<response_head>>
connection::read_head(std::chrono::milliseconds patience, bool answers_head_request, deadline by) {
    const deadline whole = by.earliest(patience + limits_.idle);
    while (true) {
        auto here = head_at_hand(answers_head_request);
        if (here) co_return std::move(*here);
        if (in_size_ >= most_head_bytes)
            co_return wire_error(s3_errc::malformed_answer, "the answer's head is too long");
        const std::chrono::milliseconds limit = in_size_ > 0 ? limits_.idle : patience;
        const auto more = co_await more_input(whole.earliest(limit));
        if (!more) co_return more.error();
        if (!*more)
            co_return wire_error(
                s3_errc::connection_lost, "the server closed the connection without an answer"
            );
    }
}

/// How the body is told from what follows (RFC 9112 section 6.3).
void connection::frame(const response_head& head, bool answers_head_request) {
    end_.keep_alive = head.keep_alive;
    left_ = 0;
    if (answers_head_request || head.status == 204 || head.status == 304) {
        framing_ = framing::none;
    } else if (head.chunked) {
        framing_ = framing::chunks;
        chunks_ = std::make_unique<chunked_reader>();
    } else if (head.content_length) {
        left_ = *head.content_length;
        framing_ = left_ > 0 ? framing::length : framing::none;
    } else {
        framing_ = framing::until_end;
        end_.keep_alive = false;
    }
    end_.answer_whole = framing_ == framing::none;
}

task<wire_result<std::string>>
connection::read_text(std::size_t most, std::chrono::milliseconds patience, deadline by) {
    std::string text;
    const deadline whole = by.earliest(limits_.complete);
    while (!end_.answer_whole) {
        const text_step step = in_size_ > 0 ? take_text(text, most) : text_step::more;
        if (step == text_step::malformed)
            co_return wire_error(s3_errc::malformed_answer, "the answer's chunks are broken");
        end_.answer_whole = step == text_step::done;
        if (end_.answer_whole || text.size() >= most) break;
        if (in_size_ > 0) continue;
        const auto more = co_await more_input(whole.earliest(patience));
        if (!more) co_return more.error();
        if (!*more && framing_ != framing::until_end) co_return cut_body(left_);
        end_.answer_whole = !*more;
    }
    co_return std::move(text);
}

std::optional<std::string> connection::text_at_hand(std::size_t most) {
    const bool whole = framing_ == framing::length && left_ <= in_size_;
    if (!end_.answer_whole && !whole) return std::nullopt;
    std::string text;
    if (!end_.answer_whole) end_.answer_whole = take_text(text, most) == text_step::done;
    return text;
}

/// Appends what is at hand, at most up to `most`; white space before the text is not kept.
connection::text_step connection::take_text(std::string& text, std::size_t most) {
    if (framing_ == framing::chunks) return take_chunk(text, most);
    std::string_view piece = input();
    if (framing_ == framing::length)
        piece =
            piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece.size())));
    const std::size_t used = piece.size();
    if (text.empty()) piece.remove_prefix(std::min(piece.find_first_not_of(xml_blanks), used));
    text.append(piece.substr(0, most - text.size()));
    consume(used);
    if (framing_ != framing::length) return text_step::more;
    left_ -= used;
    return left_ == 0 ? text_step::done : text_step::more;
}

connection::text_step connection::take_chunk(std::string& text, std::size_t most) {
    const chunked_reader::step step = chunks_->next(input());
    if (step.malformed) return text_step::malformed;
    std::string_view piece = step.data;
    if (text.empty())
        piece.remove_prefix(std::min(piece.find_first_not_of(xml_blanks), piece.size()));
    text.append(piece.substr(0, most - text.size()));
    consume(step.used);
    return step.done ? text_step::done : text_step::more;
}

task<wire_result<void>>
connection::read_data(std::uint64_t size, body_sink& to, std::uint64_t& arrived, deadline by) {
    std::uint64_t left = size;
    const one_more_body counted(spare_.receiving);
    pace_ = pace(limits_.idle, limits_.slowest);
    while (left > 0) {
        if (in_size_ > 0) {
            const auto taken = take_leftovers(left, to);
            if (!taken) co_return taken.error();
            left -= *taken;
            arrived += *taken;
            continue;
        }
        const auto step = read_into(left, to);
        if (!step) co_return step.error();
        if (step->error) co_return cut_body(left);
        if (in_size_ == 0) {
            left -= step->bytes;
            arrived += step->bytes;
        }
        if (step->bytes > 0) {
            pace_.moved(step->bytes);
            if (limits_bytes()) co_await count(step->bytes);
            if (wants_breath(step->bytes)) co_await boost::asio::post(use_awaitable);
            if (!step->drained || left == 0 || in_size_ > 0) continue;
        }
        since_breath_ = 0;
        const error_code late = co_await wait_in_body(step->next, left, by);
        if (late) co_return stream_error(late, "the answer stopped coming");
    }
    stream_->hold_until(1);
    end_.answer_whole = true;
    co_return wire_result<void>();
}

wire_result<bool>
connection::take_at_once(std::uint64_t size, body_sink& to, std::uint64_t& arrived) {
    while (arrived < size && in_size_ > 0) {
        const auto taken = take_leftovers(size - arrived, to);
        if (!taken) return taken.error();
        arrived += *taken;
    }
    end_.answer_whole = arrived == size;
    return end_.answer_whole;
}

/// Body bytes that came with the head, or for small rooms: the only ones that are copied.
wire_result<std::size_t> connection::take_leftovers(std::uint64_t left, body_sink& to) {
    const bytes_view held = in_.view().subspan(in_first_, in_size_);
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left, held.size()));
    const bytes_span room = to.room(most);
    const std::size_t n = std::min(room.size(), most);
    BOOST_ASSERT(n > 0);
    std::memcpy(room.data(), held.data(), n);
    consume(n);
    counters_.received += n;
    auto taken = to.took(n);
    if (!taken) return caller_error(taken.error());
    return n;
}

/// One read from the wire straight into the sink's room; or ahead of it, where a sink that takes
/// its bytes in small pieces would cost a read for each.
wire_result<moved> connection::read_into(std::uint64_t left, body_sink& to) {
    constexpr std::size_t small = 512, ahead = 4 << 10;
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left, window()));
    bytes_span room = to.room(most);
    room = room.first(std::min(room.size(), most));
    BOOST_ASSERT(!room.empty());
    if (room.size() < std::min(small, most)) {
        const moved step = stream_->try_read(room_for_input().first(std::min(ahead, most)));
        in_size_ = step.bytes;
        return step;
    }
    const moved step = stream_->try_read(room);
    if (step.bytes == 0) return step;
    counters_.received += step.bytes;
    auto taken = to.took(step.bytes);
    if (!taken) return caller_error(taken.error());
    return step;
}

} // namespace sluice::s3
