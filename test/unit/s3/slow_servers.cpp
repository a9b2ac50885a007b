// Servers that never stop moving and never come to an end: each exchange ends all the same.
#include "../src/io/connection.hpp"
#include "run_task.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

using namespace sluice;
using namespace sluice::s3;

namespace {

/// Gives the answer's beginning at once, and then one byte of `drip` for every wait; takes one byte
/// for every wait as well.
class dripping_stream final : public byte_stream {
  public:
    dripping_stream(std::string at_once, char drip) : ready_(std::move(at_once)), drip_(drip) {}

    moved try_read(bytes_span into) override {
        moved step;
        step.bytes = std::min(into.size(), ready_.size());
        std::ranges::copy(as_bytes(ready_.substr(0, step.bytes)), into.begin());
        ready_.erase(0, step.bytes);
        return step;
    }
    moved try_write(bytes_view from) override {
        moved step;
        step.next = wait_for::writable;
        step.bytes = std::min(from.size(), room);
        room -= step.bytes;
        return step;
    }
    task<error_code> wait(wait_for what, deadline by) override {
        co_await sleep_for(std::chrono::milliseconds(2), by);
        if (by.passed()) co_return error_code(boost::asio::error::timed_out);
        if (what == wait_for::readable)
            ready_ += drip_;
        else
            ++room;
        co_return error_code();
    }
    bool has_input() override { return false; }
    void rest() override {}

    std::size_t room = 1 << 20; ///< for what is written

  private:
    std::string ready_;
    char drip_;
};

/// A body of which a wait brings as much as it is held for, if that is at most `fast`; else the
/// short wait ends late, and only `piece` has come.
class holding_stream final : public byte_stream {
  public:
    holding_stream(std::string head, std::size_t body) : ready_(std::move(head)), to_come_(body) {}

    moved try_read(bytes_span into) override {
        moved step;
        step.bytes = std::min(into.size(), ready_.size());
        std::ranges::copy(as_bytes(ready_.substr(0, step.bytes)), into.begin());
        ready_.erase(0, step.bytes);
        step.drained = step.bytes > 0 && ready_.empty();
        return step;
    }
    moved try_write(bytes_view from) override {
        moved step;
        step.bytes = from.size();
        return step;
    }
    bool hold_until(std::size_t bytes) override {
        held = bytes;
        return true;
    }
    task<error_code> wait(wait_for, deadline by) override {
        ++waits;
        if (held > to_come_) never_ends = true;
        const bool enough = held <= fast || held == 1;
        come(held <= fast ? std::max(held, piece) : piece);
        error_code late;
        const bool is_short = by.when() - deadline::clock::now() < std::chrono::seconds(1);
        if (!enough || (to_come_ > 0 && piece == 0)) late = boost::asio::error::timed_out;
        (is_short ? short_waits : long_waits) += 1;
        co_return late;
    }
    bool has_input() override { return false; }
    void rest() override {}

    std::size_t fast = SIZE_MAX, piece = 100;
    std::size_t held = 1, waits = 0, short_waits = 0, long_waits = 0;
    bool never_ends = false; ///< held for more than was to come

  private:
    void come(std::size_t bytes) {
        bytes = std::min(bytes, to_come_);
        ready_.append(bytes, 'd');
        to_come_ -= bytes;
    }
    std::string ready_;
    std::size_t to_come_;
};

struct exchange {
    exchange(std::string at_once, char drip) {
        limits.idle = std::chrono::milliseconds(40);
        limits.complete = std::chrono::milliseconds(80);
        limits.slowest = 100'000;
        auto made = std::make_unique<dripping_stream>(std::move(at_once), drip);
        stream = made.get();
        over = std::make_unique<connection>(
            std::move(made),
            server_address{"h", 1, false},
            limits,
            body_counters{sent, received},
            spare
        );
    }
    client_limits limits;
    std::uint64_t sent = 0, received = 0;
    boost::asio::io_context on;
    dripping_stream* stream = nullptr;
    spare_rooms spare;
    std::unique_ptr<connection> over;
};

template <class T>
void times_out(const wire_result<T>& got) {
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST((got.error().why.code == s3_errc::timed_out), got.error().why.code.message());
}

task<wire_result<std::string>> text_of_answer(connection& over) {
    auto head = co_await over.read_head(std::chrono::seconds(1), false, deadline::never());
    if (!head) co_return head.error();
    auto text = co_await over.read_text(1 << 20, std::chrono::seconds(1), deadline::never());
    co_return text;
}

task<wire_result<void>> data_of_answer(connection& over, std::uint64_t size) {
    auto head = co_await over.read_head(std::chrono::seconds(1), false, deadline::never());
    if (!head) co_return head.error();
    memory_sink sink(size);
    auto begun = sink.begin(size);
    std::uint64_t arrived = 0;
    if (!begun) co_return caller_error(begun.error());
    auto read = co_await over.read_data(size, sink, arrived, deadline::never());
    co_return read;
}

struct held_exchange {
    explicit held_exchange(std::size_t size) : body(size) {
        auto made = std::make_unique<holding_stream>(
            "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(size) + "\r\n\r\n", size
        );
        stream = made.get();
        over = std::make_unique<connection>(
            std::move(made),
            server_address{"h", 1, false},
            limits,
            body_counters{sent, received},
            spare
        );
    }
    wire_result<void> run() { return sluice::test::run_task(on, data_of_answer(*over, body)); }
    std::size_t body;
    client_limits limits;
    std::uint64_t sent = 0, received = 0;
    boost::asio::io_context on;
    holding_stream* stream = nullptr;
    spare_rooms spare;
    std::unique_ptr<connection> over;
};

} // namespace

BOOST_AUTO_TEST_SUITE(slow_servers)

BOOST_AUTO_TEST_CASE(of_a_body_that_comes_fast_much_is_waited_for_at_once) {
    held_exchange with(1'000'000);
    BOOST_TEST(with.run().has_value());
    BOOST_TEST(with.received == 1'000'000u);
    BOOST_TEST(with.stream->waits < 20u); // and not a wait for every hundred bytes
    BOOST_TEST(!with.stream->never_ends);
    BOOST_TEST(with.stream->held == 1u); // for the next head
}

BOOST_AUTO_TEST_CASE(of_a_body_that_comes_slowly_nothing_is_waited_for_long) {
    held_exchange with(10'000);
    with.stream->fast = 0;
    BOOST_TEST(with.run().has_value());
    BOOST_TEST(with.received == 10'000u);
    BOOST_TEST(with.stream->short_waits <= 100u); // each brings a hundred bytes at least
    BOOST_TEST(!with.stream->never_ends);
    BOOST_TEST(with.stream->held == 1u);
}

BOOST_AUTO_TEST_CASE(a_body_that_stops_is_waited_for_as_long_as_ever) {
    held_exchange with(10'000);
    with.stream->fast = with.stream->piece = 0;
    times_out(with.run());
    BOOST_TEST(with.stream->short_waits == 1u);
    BOOST_TEST(with.stream->long_waits == 1u);
}

BOOST_AUTO_TEST_CASE(a_head_that_trickles_for_ever_ends) {
    exchange with("HTTP/1.1 200 OK\r\nx-long: ", 'a');
    times_out(sluice::test::run_task(with.on, text_of_answer(*with.over)));
}

BOOST_AUTO_TEST_CASE(interim_answers_without_end_end) {
    exchange with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 10", '0');
    times_out(sluice::test::run_task(with.on, text_of_answer(*with.over)));
}

BOOST_AUTO_TEST_CASE(white_space_without_end_before_the_result_of_complete_ends) {
    exchange with("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", ' ');
    times_out(sluice::test::run_task(with.on, text_of_answer(*with.over)));
}

BOOST_AUTO_TEST_CASE(a_body_that_trickles_ends) {
    exchange with("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", 'd');
    times_out(sluice::test::run_task(with.on, data_of_answer(*with.over, 1'000'000)));
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_a_byte_now_and_then_ends) {
    exchange with("", ' ');
    with.stream->room = 200;
    const std::string bytes(1'000'000, 'b');
    memory_source body(as_bytes(bytes));
    const auto send = [&]() -> task<wire_result<void>> {
        return with.over->send("PUT / HTTP/1.1\r\n\r\n", &body, deadline::never());
    };
    times_out(sluice::test::run_task(with.on, send()));
}

BOOST_AUTO_TEST_CASE(a_body_that_moves_is_left_in_peace) {
    exchange with("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", 'd');
    with.limits.slowest = 1;
    with.limits.idle = std::chrono::seconds(20); // however late a busy machine wakes us
    BOOST_TEST(sluice::test::run_task(with.on, data_of_answer(*with.over, 100)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
