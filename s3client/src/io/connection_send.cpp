// s3client: a request onto the wire, watching for an answer meanwhile.
#include "connection.hpp"
#include "head_parser.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

/// So much of a body travels in one call with the head, however many pieces it comes in.
constexpr std::size_t small_body = 16 << 10;

constexpr std::string_view interim_start = "HTTP/1.1 1";

/// Whether a head of which only this has come may turn out to be a 1xx.
bool may_be_interim(std::string_view text) {
    return text.starts_with(interim_start) || interim_start.starts_with(text);
}

failure wrong_body_size(std::uint64_t left) {
    failure why;
    why.code = errc::damaged;
    why.where =
        "the body does not have the size it announced (" + std::to_string(left) + " bytes to go)";
    return why;
}

/// A body knows the way it leaves by while it leaves.
class leaving {
  public:
    leaving(body_source* body, const outlet& way) : body_(body) {
        if (body_) body_->leaves_by(&way);
    }
    leaving(const leaving&) = delete;
    leaving& operator=(const leaving&) = delete;
    ~leaving() {
        if (body_) body_->leaves_by(nullptr);
    }

  private:
    body_source* body_;
};

} // namespace

void connection::begin_exchange() {
    end_ = exchange_end();
    answer_begun_ = look_first_ = false;
    searched_ = 0;
    input_error_ = rare<error_code>();
    input_needs_ = wait_for::readable;
    pace_ = pace(limits_.idle, limits_.slowest);
}

bool connection::send_at_once(std::string& head) {
    begin_exchange();
    const moved step = stream_->try_write(as_bytes(head));
    head.erase(0, step.bytes);
    if (step.error) end_.early_answer = true;
    end_.request_sent = head.empty();
    return step.error || head.empty();
}

task<wire_result<void>> connection::send(std::string head, body_source* from, deadline by) {
    begin_exchange();
    const leaving under_way(from, *this);
    std::uint64_t left = from == nullptr ? 0 : from->size();
    bytes_view piece;
    std::size_t joined = 0;
    while (left > 0) {
        const auto come = co_await from->next(most_of_a_piece());
        const auto next = take_piece(come, left);
        if (!next) co_return next.error();
        piece = *next;
        if (const std::size_t due = unpaid(piece.size())) co_await count(due);
        joined += piece.size();
        if (joined > small_body) break;
        head.append(as_text(piece));
        piece = bytes_view();
    }
    auto written = co_await write(as_bytes(head), by);
    spare_.give_text(std::move(head));
    while (written && !end_.early_answer) {
        if (!piece.empty()) written = co_await write(piece, by);
        if (left == 0 || !written || end_.early_answer) break;
        const auto come = co_await from->next(most_of_a_piece());
        const auto next = take_piece(come, left);
        if (!next) co_return next.error();
        piece = *next;
        if (const std::size_t due = unpaid(piece.size())) co_await count(due);
    }
    if (!written) co_return written.error();
    end_.request_sent = !end_.early_answer;
    co_return wire_result<void>();
}

/// Of a body, the most that is asked for at once: what ends a block is no call of its own.
std::size_t connection::most_of_a_piece() const {
    const std::size_t most = window();
    return most + most / 4;
}

task<void> connection::pay_ahead(std::uint64_t body) {
    paid_ = 0;
    if (body == 0 || !limits_bytes()) co_return;
    paid_ = static_cast<std::size_t>(std::min<std::uint64_t>(most_of_a_piece(), body));
    co_await count(paid_);
}

/// What the source has given, taken off what is left.
wire_result<bytes_view>
connection::take_piece(const result<bytes_view>& piece, std::uint64_t& left) {
    if (!piece) return caller_error(piece.error());
    if (piece->empty() || piece->size() > left) return caller_error(wrong_body_size(left));
    left -= piece->size();
    counters_.sent += piece->size();
    return *piece;
}

/// How many of these bytes must be counted before they are sent.
std::size_t connection::unpaid(std::size_t bytes) {
    const std::size_t paid = std::min(paid_, bytes);
    paid_ -= paid;
    return limits_bytes() ? bytes - paid : 0;
}

/// Returns early, with `early_answer` set, when an answer comes or the server takes no more.
task<wire_result<void>> connection::write(bytes_view bytes, deadline by) {
    while (!bytes.empty()) {
        const moved step = stream_->try_write(bytes);
        if (step.bytes > 0) {
            pace_.moved(step.bytes);
            bytes = bytes.subspan(step.bytes);
            if (wants_breath(step.bytes)) co_await boost::asio::post(use_awaitable);
            continue;
        }
        if (step.error) {
            end_.early_answer = true;
            co_return wire_result<void>();
        }
        const wait_for what =
            step.next == wait_for::writable ? wait_for::writable_or_answer : step.next;
        since_breath_ = 0;
        const auto begun = deadline::clock::now();
        error_code late = co_await stream_->wait(what, by.earliest(limits_.idle));
        if (!late) late = judge_pace(begun);
        if (late) co_return stream_error(late, "the server stopped taking the body");
        if (stopped_by_answer()) co_return wire_result<void>();
    }
    co_return wire_result<void>();
}

/// Reads what has come meanwhile: interim heads are dropped, also such as come in pieces; anything
/// else ends the sending.
bool connection::stopped_by_answer() {
    if (in_size_ == most_head_bytes) return end_.early_answer = true;
    const moved step = stream_->try_read(room_for_input());
    in_size_ += step.bytes;
    while (in_size_ > 0 && drop_interim_head())
        continue;
    if (step.error || !may_be_interim(input())) end_.early_answer = true;
    leave_room();
    return end_.early_answer;
}

/// Takes one whole 1xx head off the input, if that is what is there.
bool connection::drop_interim_head() {
    const std::string_view text = input();
    if (!text.starts_with(interim_start)) return false;
    const std::size_t end = find_head_end(text);
    if (end > 0) consume(end);
    return end > 0;
}

} // namespace sluice::s3
