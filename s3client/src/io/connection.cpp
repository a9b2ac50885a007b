// s3client: a connection's state between and around exchanges.
#include "connection.hpp"

#include "head_parser.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

void throw_exception_from_error(const wire_failure& why, const boost::source_location& at) {
    sluice::throw_exception_from_error(why.why, at);
}

wire_failure wire_error(error_code code, std::string where) {
    wire_failure why;
    why.why.code = code;
    why.why.where = std::move(where);
    return why;
}

wire_failure caller_error(failure why) {
    wire_failure wrapped;
    wrapped.why = std::move(why);
    wrapped.of_caller = true;
    return wrapped;
}

wire_failure stream_error(error_code code, std::string where) {
    const bool late = code == boost::asio::error::timed_out;
    const s3_errc meaning = late ? s3_errc::timed_out : s3_errc::connection_lost;
    if (!late && code != boost::asio::error::eof) where += " (" + code.message() + ")";
    return wire_error(meaning, std::move(where));
}

connection::connection(
    std::unique_ptr<byte_stream> stream,
    std::shared_ptr<const server_address> server,
    const client_limits& limits,
    body_counters counters,
    spare_rooms& spare
)
    : stream_(std::move(stream)),
      server_(std::move(server)),
      limits_(limits),
      counters_(counters),
      spare_(spare),
      pace_(limits.idle, limits.slowest) {}

bool connection::may_be_kept() const {
    exchange_end end = end_;
    end.bytes_beyond = in_size_;
    return s3::may_keep(end);
}

bool connection::limits_bytes() const {
    return std::ranges::any_of(limited_by_, [](const traffic* by) {
        return by != nullptr && by->limits_bytes();
    });
}

/// Bytes per call: small enough that they flow evenly under a limit.
std::size_t connection::window() const {
    std::size_t most = limits_.window;
    for (const traffic* by : limited_by_)
        if (by != nullptr) most = by->window(most);
    return most;
}

/// Waits until a limit allows more than these bytes.
task<void> connection::count(std::size_t bytes) {
    for (traffic* by : limited_by_)
        if (by != nullptr) co_await by->moved(bytes);
}

void connection::rest() {
    leave_room();
    stream_->rest();
}

std::string_view connection::input() const {
    return as_text(in_.view().subspan(in_first_, in_size_));
}

void connection::consume(std::size_t n) {
    in_first_ += n;
    in_size_ -= n;
    if (in_size_ == 0) in_first_ = 0;
}

/// After a wait: timed_out when the body has moved too slowly lately.
error_code connection::judge_pace(deadline::clock::time_point waiting_since) {
    const bool crawls = pace_.too_slow(deadline::clock::now() - waiting_since);
    return crawls ? error_code(boost::asio::error::timed_out) : error_code();
}

/// Waits in the middle of an answer's body, of which `left` bytes are to come. Much is waited for
/// at once, so that small pieces cost one turn for many; but not for long: who is slow is read as
/// it comes.
task<error_code> connection::wait_in_body(wait_for what, std::uint64_t left, deadline by) {
    // Turns are dearer than what a cache forgets; up to here, where few bodies are under way.
    constexpr std::uint64_t together = 8 << 20, least = 1 << 20, most = 2 << 20;
    const std::uint64_t much = std::clamp(together / spare_.receiving, least, most);
    constexpr std::chrono::milliseconds not_for_long{25};
    leave_room();
    const auto begun = deadline::clock::now();
    const deadline idle = by.earliest(limits_.idle);
    error_code late = boost::asio::error::timed_out;
    if (what == wait_for::readable && left > 1 && !limits_bytes() &&
        stream_->hold_until(static_cast<std::size_t>(std::min(left, much)))) {
        late = co_await stream_->wait(what, idle.earliest(not_for_long));
        if (late) stream_->hold_until(1);
    }
    if (late == boost::asio::error::timed_out) late = co_await stream_->wait(what, idle);
    if (late) co_return late;
    co_return judge_pace(begun);
}

/// Whether so much has passed without waiting that others should have a turn.
bool connection::wants_breath(std::uint64_t bytes) {
    constexpr std::uint64_t breath = 256 << 10;
    since_breath_ += bytes;
    if (since_breath_ < breath) return false;
    since_breath_ = 0;
    return true;
}

} // namespace sluice::s3
