// Tests of s3client/src/io/connection*.cpp: one request out, one answer in, against a script.
#include "io/connection.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/error.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(exchanges)

const std::string get_head = "GET /b/k HTTP/1.1\r\nhost: h\r\n\r\n";

std::string put_head(std::size_t size) {
    return "PUT /b/k HTTP/1.1\r\nhost: h\r\ncontent-length: " + std::to_string(size) + "\r\n\r\n";
}

std::string ok(const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

/// A connection to one server, and the calls of one exchange as plain functions.
struct one_connection {
    explicit one_connection(scripted_server script, client_limits given = client_limits())
        : server(std::move(script)), limits(given) {
        server_address where;
        where.host = "h";
        over.emplace(
            std::make_unique<scripted_stream>(server),
            where,
            limits,
            body_counters{sent, received},
            spare
        );
    }
    wire_result<void> send(const std::string& head, body_source* from = nullptr) {
        return test::run_task(context, over->send(head, from, deadline::never()));
    }
    wire_result<response_head>
    head(bool of_head_request = false, std::chrono::milliseconds patience = 60s) {
        return test::run_task(
            context, over->read_head(patience, of_head_request, deadline::never())
        );
    }
    wire_result<std::string>
    text(std::size_t most = 1000, std::chrono::milliseconds patience = 60s) {
        return test::run_task(context, over->read_text(most, patience, deadline::never()));
    }
    wire_result<void> data(std::uint64_t size, body_sink& to) {
        return test::run_task(context, over->read_data(size, to, arrived, deadline::never()));
    }
    unsigned status() {
        const auto read = head();
        BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().why.where));
        return read->status;
    }
    /// A GET whose answer is text.
    std::string get_text() {
        BOOST_REQUIRE(send(get_head));
        BOOST_REQUIRE(head());
        const auto read = text();
        BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().why.where));
        return *read;
    }

    scripted_server server;
    client_limits limits;
    std::uint64_t sent = 0, received = 0, arrived = 0;
    boost::asio::io_context context;
    spare_rooms spare;
    std::optional<connection> over;
};

scripted_server answering(std::string text) {
    scripted_server server;
    server.exchanges.emplace_back(std::move(text));
    return server;
}

template <class T>
s3_errc wire_code(const wire_result<T>& outcome) {
    BOOST_REQUIRE(outcome.has_error());
    BOOST_TEST(!outcome.error().of_caller);
    return static_cast<s3_errc>(outcome.error().why.code.value());
}

BOOST_AUTO_TEST_CASE(a_whole_exchange_leaves_the_connection_fit_for_another) {
    scripted_server server = answering(ok("one"));
    server.exchanges.emplace_back(ok("two"));
    one_connection wire(std::move(server));
    BOOST_TEST(wire.get_text() == "one");
    BOOST_TEST(wire.over->may_be_kept());
    BOOST_TEST(wire.get_text() == "two");
    BOOST_TEST(wire.server.requests.size() == 2u);
    BOOST_TEST(wire.server.requests[1] == get_head);
}

BOOST_AUTO_TEST_CASE(bytes_one_by_one_are_the_same_bytes) {
    for (const bool blocks : {false, true}) {
        scripted_server server = answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                           "chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n");
        server.slice = 1;
        server.blocks = blocks;
        one_connection wire(std::move(server));
        BOOST_TEST(wire.get_text() == "abcde");
        BOOST_TEST(wire.over->may_be_kept());
    }
}

BOOST_AUTO_TEST_CASE(a_body_arrives_as_it_was_given) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{16} << 10, std::size_t{700'001}})
        for (const std::size_t slice : {std::size_t{4096}, std::size_t{SIZE_MAX}}) {
            std::string body(size, 'x');
            for (std::size_t each = 0; each < size; ++each)
                body[each] = static_cast<char>('a' + each % 23);
            scripted_server server = answering(ok(""));
            server.slice = slice;
            one_connection wire(std::move(server));
            memory_source source(as_bytes(body));
            BOOST_REQUIRE(wire.send(put_head(size), &source));
            BOOST_TEST(wire.status() == 200u);
            BOOST_TEST((wire.server.requests[0] == put_head(size) + body));
            BOOST_TEST(wire.sent == size);
            BOOST_TEST(wire.over->may_be_kept());
        }
}

/// Gives its text in pieces of a few bytes.
class piecewise_source final : public body_source {
  public:
    piecewise_source(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
    std::uint64_t size() const override { return text_.size(); }
    task<result<bytes_view>> next(std::size_t most) override {
        const std::size_t n = std::min({most, piece_, text_.size() - at_});
        at_ += n;
        co_return as_bytes(text_).subspan(at_ - n, n);
    }
    void rewind() override { at_ = 0; }

  private:
    std::string text_;
    std::size_t piece_, at_ = 0;
};

BOOST_AUTO_TEST_CASE(a_small_body_leaves_in_one_call_with_its_head) {
    for (const std::size_t size : {1u, 4096u, 16u << 10}) {
        one_connection c(answering(ok("")));
        piecewise_source body(std::string(size, 'x'), 1000);
        BOOST_REQUIRE(c.send(put_head(size), &body));
        BOOST_TEST(c.server.writes == 1u);
        BOOST_TEST(c.server.requests[0] == put_head(size) + std::string(size, 'x'));
    }
    one_connection c(answering(ok("")));
    piecewise_source large(std::string(100'000, 'x'), 10'000);
    BOOST_REQUIRE(c.send(put_head(100'000), &large));
    BOOST_TEST(c.server.writes == 10u); // what was joined to the head is one piece of them
    BOOST_TEST(c.server.requests[0].size() == put_head(100'000).size() + 100'000);
}

BOOST_AUTO_TEST_CASE(answers_without_a_body_do_not_wait_for_one) {
    for (const char* const status : {"204 No Content", "304 Not Modified"}) {
        scripted_server server =
            answering("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 5\r\n\r\n");
        server.silent_at_end = true;
        one_connection wire(std::move(server));
        BOOST_TEST(wire.get_text() == "");
        BOOST_TEST(wire.over->may_be_kept(), status);
    }
    scripted_server server = answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    server.silent_at_end = true;
    one_connection wire(std::move(server));
    BOOST_REQUIRE(wire.send("HEAD /b/k HTTP/1.1\r\nhost: h\r\n\r\n"));
    BOOST_TEST((wire.head(true)->content_length == 5u));
    BOOST_TEST(*wire.text() == "");
    BOOST_TEST(wire.over->may_be_kept());
}

BOOST_AUTO_TEST_CASE(a_body_that_ends_with_the_connection_costs_it) {
    one_connection wire(answering("HTTP/1.1 200 OK\r\n\r\nuntil the end"));
    BOOST_TEST(wire.get_text() == "until the end");
    BOOST_TEST(!wire.over->may_be_kept());
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_is_believed) {
    for (const std::string& each :
         {ok("x", "Connection: close\r\n"),
          std::string("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx")}) {
        one_connection wire(answering(each));
        BOOST_TEST(wire.get_text() == "x");
        BOOST_TEST(!wire.over->may_be_kept());
    }
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_answer_cost_the_connection) {
    one_connection wire(answering(ok("x") + "HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(wire.get_text() == "x");
    BOOST_TEST(!wire.over->may_be_kept());
}

BOOST_AUTO_TEST_CASE(interim_heads_are_passed_over) {
    const std::string interim =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
    for (const std::size_t slice : {std::size_t{1}, std::size_t{7}, std::size_t{SIZE_MAX}}) {
        scripted_server server = answering(interim + ok("x"));
        server.slice = slice;
        server.blocks = true;
        one_connection wire(std::move(server));
        BOOST_TEST(wire.get_text() == "x");
        BOOST_TEST(wire.over->may_be_kept());
    }
}

BOOST_AUTO_TEST_CASE(an_interim_head_amid_the_body_does_not_end_it) {
    for (const std::size_t slice : {std::size_t{1}, std::size_t{11}, std::size_t{SIZE_MAX}}) {
        scripted_server server = answering(ok(""));
        server.exchanges[0].interim = "HTTP/1.1 100 Continue\r\n\r\n";
        server.exchanges[0].interim_after = 100;
        server.slice = slice;
        one_connection wire(std::move(server));
        const std::string body(1000, 'x');
        memory_source source(as_bytes(body));
        BOOST_REQUIRE(wire.send(put_head(body.size()), &source));
        BOOST_TEST(!wire.over->ended_early(), slice);
        BOOST_TEST(wire.status() == 200u);
        BOOST_TEST((wire.server.requests[0] == put_head(body.size()) + body));
        BOOST_TEST(wire.over->may_be_kept());
    }
}

BOOST_AUTO_TEST_CASE(the_patience_for_the_answer_lasts_beyond_interim_heads) {
    client_limits limits;
    limits.idle = 1s;
    scripted_server server;
    server.exchanges.emplace_back("HTTP/1.1 102 Processing\r\n\r\n");
    server.silent_at_end = true;
    one_connection wire(std::move(server), limits);
    BOOST_REQUIRE(wire.send(get_head));
    BOOST_TEST((wire_code(wire.head(false, 10h)) == s3_errc::timed_out));
    BOOST_REQUIRE(!wire.server.patience.empty());
    BOOST_TEST((wire.server.patience.back() > 1h));
}

BOOST_AUTO_TEST_CASE(an_early_answer_ends_the_body_and_the_connection) {
    const std::string refusal = "HTTP/1.1 503 Slow Down\r\nContent-Length: 4\r\n\r\nslow";
    for (const bool reset : {false, true}) {
        scripted_server server = answering(refusal);
        (reset ? server.exchanges[0].reset_after : server.exchanges[0].early_after) = 100;
        server.silent_at_end = true;
        one_connection wire(std::move(server));
        const std::string body(1000, 'x');
        memory_source source(as_bytes(body));
        BOOST_REQUIRE(wire.send(put_head(body.size()), &source));
        BOOST_TEST(wire.over->ended_early());
        BOOST_TEST(wire.status() == 503u);
        BOOST_TEST(*wire.text() == "slow");
        BOOST_TEST(wire.server.requests[0].size() == 100u);
        BOOST_TEST(!wire.over->may_be_kept());
    }
}

BOOST_AUTO_TEST_CASE(an_answer_cut_anywhere_is_no_answer) {
    const std::string whole = ok("0123456789", "ETag: e\r\n");
    const std::size_t head_size = whole.size() - 10;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        one_connection wire(answering(whole.substr(0, size)));
        BOOST_REQUIRE(wire.send(get_head));
        const auto head = wire.head();
        BOOST_TEST_CONTEXT(size) {
            BOOST_TEST(wire.over->answer_begun() == (size > 0));
            BOOST_TEST(!wire.over->may_be_kept());
            if (size < head_size) {
                BOOST_TEST((wire_code(head) == s3_errc::connection_lost));
                continue;
            }
            memory_sink sink(10);
            BOOST_REQUIRE(sink.begin(10));
            BOOST_TEST((wire_code(wire.data(10, sink)) == s3_errc::truncated_body));
            BOOST_TEST(wire.arrived == size - head_size);
            BOOST_TEST(as_text(sink.bytes()) == whole.substr(head_size, size - head_size));
            BOOST_TEST(!wire.over->may_be_kept());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_text_cut_anywhere_is_no_text) {
    for (const std::string& whole :
         {ok("0123456789"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
          )}) {
        const std::size_t head_size = whole.find("\r\n\r\n") + 4;
        for (std::size_t size = head_size; size < whole.size(); ++size) {
            one_connection wire(answering(whole.substr(0, size)));
            BOOST_REQUIRE(wire.send(get_head));
            BOOST_REQUIRE(wire.head());
            BOOST_TEST((wire_code(wire.text()) == s3_errc::truncated_body), size);
            BOOST_TEST(!wire.over->may_be_kept());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_reset_is_told_from_silence) {
    scripted_server reset;
    reset.at_end = boost::asio::error::connection_reset;
    one_connection lost(std::move(reset));
    BOOST_REQUIRE(lost.send(get_head));
    BOOST_TEST((wire_code(lost.head()) == s3_errc::connection_lost));
    scripted_server silence;
    silence.silent_at_end = true;
    one_connection silent(std::move(silence));
    BOOST_REQUIRE(silent.send(get_head));
    BOOST_TEST((wire_code(silent.head()) == s3_errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_body_goes_into_the_sink_in_any_slices) {
    for (const std::size_t slice : {std::size_t{1}, std::size_t{3}, std::size_t{SIZE_MAX}}) {
        scripted_server server = answering(ok("0123456789"));
        server.slice = slice;
        server.blocks = true;
        one_connection wire(std::move(server));
        BOOST_REQUIRE(wire.send(get_head));
        BOOST_REQUIRE(wire.head());
        memory_sink sink(10);
        BOOST_REQUIRE(sink.begin(10));
        BOOST_REQUIRE(wire.data(10, sink));
        BOOST_TEST(as_text(sink.bytes()) == "0123456789");
        BOOST_TEST(wire.received == 10u);
        BOOST_TEST(wire.over->may_be_kept());
    }
}

/// Offers rooms of these sizes in turn.
class uneven_sink final : public body_sink {
  public:
    explicit uneven_sink(std::size_t size) : bytes_(size) {}
    result<void> begin(std::uint64_t) override { return result<void>(); }
    bytes_span room(std::size_t most) override {
        const std::size_t left = std::min(bytes_.size() - taken_, sizes_[turn_] - in_room_);
        return bytes_span(bytes_).subspan(taken_, std::min(most, left));
    }
    result<void> took(std::size_t n) override {
        taken_ += n;
        in_room_ += n;
        if (in_room_ < sizes_[turn_]) return result<void>();
        in_room_ = 0;
        turn_ = (turn_ + 1) % sizes_.size();
        return result<void>();
    }
    std::string_view text() const { return as_text(bytes_view(bytes_).first(taken_)); }

  private:
    static constexpr std::array<std::size_t, 6> sizes_{18, 1, 1, 70'000, 188, 4'097};
    byte_vector bytes_;
    std::size_t taken_ = 0, in_room_ = 0, turn_ = 0;
};

BOOST_AUTO_TEST_CASE(small_rooms_are_filled_from_what_was_read_ahead_and_never_beyond_the_answer) {
    std::string body;
    while (body.size() < 300'000)
        body += std::to_string(body.size() * 7) + ",";
    for (const std::size_t slice : {std::size_t{7}, std::size_t{4'096}, std::size_t{SIZE_MAX}}) {
        for (const std::size_t size : {std::size_t{19}, std::size_t{70'030}, body.size()}) {
            scripted_server server = answering(ok(body.substr(0, size)));
            server.exchanges.emplace_back(ok("the next one"));
            server.slice = slice;
            one_connection wire(std::move(server));
            BOOST_REQUIRE(wire.send(get_head));
            BOOST_REQUIRE(wire.head());
            uneven_sink sink(size);
            BOOST_REQUIRE(wire.data(size, sink));
            BOOST_TEST((sink.text() == body.substr(0, size)), size << " in slices of " << slice);
            BOOST_TEST(wire.received == size);
            BOOST_TEST(wire.arrived == size);
            BOOST_TEST(wire.over->may_be_kept());
            BOOST_TEST(wire.get_text() == "the next one");
        }
    }
}

BOOST_AUTO_TEST_CASE(white_space_that_keeps_a_long_answer_alive_is_dropped) {
    one_connection plain(answering(ok(" \r\n \n<r/> ")));
    BOOST_TEST(plain.get_text() == "<r/> ");
    scripted_server server = answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n "
                                       "\r\n1\r\n\n\r\n4\r\n<r/>\r\n0\r\n\r\n");
    server.slice = 1;
    one_connection chunked(std::move(server));
    BOOST_TEST(chunked.get_text() == "<r/>");
    one_connection blanks(answering(ok(std::string(100'000, ' ') + "x")));
    BOOST_TEST(blanks.get_text() == "x");
}

BOOST_AUTO_TEST_CASE(more_text_than_wanted_is_cut_and_costs_the_connection) {
    for (const std::string& head :
         {"Content-Length: 50000\r\n\r\n" + std::string(50'000, 'x'),
          "\r\n" + std::string(50'000, 'x')}) {
        one_connection wire(answering("HTTP/1.1 500 Oops\r\n" + head));
        BOOST_REQUIRE(wire.send(get_head));
        BOOST_REQUIRE(wire.head());
        BOOST_TEST(*wire.text(1000) == std::string(1000, 'x'));
        BOOST_TEST(!wire.over->may_be_kept());
    }
    one_connection exact(answering(ok(std::string(1000, 'x'))));
    BOOST_TEST(exact.get_text().size() == 1000u);
    BOOST_TEST(exact.over->may_be_kept());
}

BOOST_AUTO_TEST_CASE(what_is_no_http_is_malformed) {
    const std::string endless = "HTTP/1.1 200 OK\r\n" + std::string(40'000, 'x');
    for (const std::string& bad :
         {std::string("SSH-2.0-x\r\n\r\n"), std::string("HTTP/1.1 9 x\r\n\r\n"), endless}) {
        one_connection wire(answering(bad));
        BOOST_REQUIRE(wire.send(get_head));
        BOOST_TEST((wire_code(wire.head()) == s3_errc::malformed_answer));
        BOOST_TEST(!wire.over->may_be_kept());
    }
    one_connection chunks(answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
    );
    BOOST_REQUIRE(chunks.send(get_head));
    BOOST_REQUIRE(chunks.head());
    BOOST_TEST((wire_code(chunks.text()) == s3_errc::malformed_answer));
}

/// Announces `size` bytes and gives `body`, in which `fails` is a failure instead of the end.
class odd_source final : public body_source {
  public:
    odd_source(std::uint64_t size, std::string body, bool fails)
        : size_(size), body_(std::move(body)), fails_(fails) {}
    std::uint64_t size() const override { return size_; }
    task<result<bytes_view>> next(std::size_t) override {
        failure why;
        why.code = errc::io_error;
        if (given_ && fails_) co_return why;
        co_return as_bytes(
            std::exchange(given_, true) ? std::string_view() : std::string_view(body_)
        );
    }
    void rewind() override { given_ = false; }

  private:
    std::uint64_t size_;
    std::string body_;
    bool fails_, given_ = false;
};

BOOST_AUTO_TEST_CASE(a_source_that_fails_or_lies_is_the_callers_affair) {
    for (odd_source source :
         {odd_source(10, "abc", true), odd_source(10, "abc", false), odd_source(2, "abc", false)}) {
        one_connection wire(answering(ok("")));
        const auto sent = wire.send(put_head(10), &source);
        BOOST_REQUIRE(sent.has_error());
        BOOST_TEST(sent.error().of_caller);
        BOOST_TEST(!wire.over->may_be_kept());
    }
}

/// Takes three bytes at a time, and fails with the second.
class full_sink final : public body_sink {
  public:
    result<void> begin(std::uint64_t) override { return result<void>(); }
    bytes_span room(std::size_t most) override {
        return bytes_span(space_).first(std::min(most, space_.size()));
    }
    result<void> took(std::size_t) override {
        failure why;
        why.code = errc::io_error;
        if (std::exchange(once_, true)) return why;
        return result<void>();
    }

  private:
    std::array<std::byte, 3> space_{};
    bool once_ = false;
};

BOOST_AUTO_TEST_CASE(a_sink_that_fails_is_the_callers_affair) {
    one_connection wire(answering(ok("0123456789")));
    BOOST_REQUIRE(wire.send(get_head));
    BOOST_REQUIRE(wire.head());
    full_sink sink;
    const auto read = wire.data(10, sink);
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST(read.error().of_caller);
    BOOST_TEST((read.error().why.code == errc::io_error));
    BOOST_TEST(wire.arrived == 3u);
    BOOST_TEST(!wire.over->may_be_kept());
}

BOOST_AUTO_TEST_SUITE_END()
