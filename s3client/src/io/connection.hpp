// s3client: one connection: a request out, an answer in. It knows HTTP's framing and nothing of S3.
#pragma once

#include "../core/addressing.hpp"
#include "../core/chunked_reader.hpp"
#include "../core/connection_life.hpp"
#include "../core/http_head.hpp"
#include "../core/pace.hpp"
#include "byte_stream.hpp"
#include "spare_rooms.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/recycled_frames.hpp>
#include <sluice/s3/body.hpp>
#include <sluice/s3/limits.hpp>
#include <sluice/s3/rare.hpp>
#include <sluice/s3/traffic.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::s3 {

/// A failure of the caller's own source or sink is not the wire's: it is never retried.
struct wire_failure {
    failure why;
    bool of_caller = false;
};
template <class T>
using wire_result = boost::system::result<T, wire_failure>;
[[noreturn]] void
throw_exception_from_error(const wire_failure& why, const boost::source_location& at);
wire_failure wire_error(error_code code, std::string where);
wire_failure caller_error(failure why);
/// What an error of the stream means to a request.
wire_failure stream_error(error_code code, std::string where);

/// Where passing bytes are counted; the client owns both.
struct body_counters {
    std::uint64_t& sent;
    std::uint64_t& received;
};

/// Use: send, read_head, then one of the readers of the body. Cancellation: terminal at every
/// await; the connection is then only good for destruction.
class connection : public recycled_frames, public outlet {
  public:
    connection(
        std::unique_ptr<byte_stream> stream,
        server_address server,
        const client_limits& limits,
        body_counters counters,
        spare_rooms& spare
    )
        : connection(
              std::move(stream),
              std::make_shared<const server_address>(std::move(server)),
              limits,
              counters,
              spare
          ) {}
    /// `server` may be that of others.
    connection(
        std::unique_ptr<byte_stream> stream,
        std::shared_ptr<const server_address> server,
        const client_limits& limits,
        body_counters counters,
        spare_rooms& spare
    );

    /// Writes the head and then all of `from` (null: no body). Ends early, without a failure, when
    /// an answer comes before the body is out, or the server stops taking bytes: `read_head` then
    /// tells why.
    task<wire_result<void>> send(std::string head, body_source* from, deadline by);

    /// The same for a request that is its head: true when all of it has left at once, or sending
    /// ended early. Of `head` remains what `send` has to do otherwise.
    bool send_at_once(std::string& head);

    /// Bodies flow no faster than these allow, from now on. Both must outlive the exchange; null:
    /// no limit.
    void obey(traffic* to_server, traffic* in_all) { limited_by_ = {to_server, in_all}; }

    /// Waits until the limits allow that a body of so many bytes begins, and counts its beginning:
    /// before the request is signed, because credentials and signatures grow old. Of use for the
    /// next `send` only. Cancellation: terminal (throws).
    task<void> pay_ahead(std::uint64_t body);

    /// For a request that is out: whether some of its answer is here, or what ends the waiting for
    /// it; `read_head` then tells. Costs no coroutine.
    bool answer_comes();
    /// Waits until `answer_comes` is worth asking again, with no memory for input: where the stream
    /// can wait without a coroutine (null: only `wait_for_answer` can), for which this prepares.
    /// Errors of both, also timed_out, are for `stop_waiting`.
    parking* parks();
    wait_for answer_needs() const { return input_needs_; }
    /// Cancellation: terminal (throws).
    task<error_code> wait_for_answer(deadline by);
    /// `read_head` fails with this.
    void stop_waiting(error_code why) { input_error_ = why; }

    /// The final head; interim ones (1xx) are skipped. `patience` is how long the first byte of
    /// each may take; all of them together may take the idle time more. Errors: connection_lost,
    /// timed_out, malformed_answer.
    task<wire_result<response_head>>
    read_head(std::chrono::milliseconds patience, bool answers_head_request, deadline by);

    /// The same, when all of the head is here, in a spare one's room; nullopt: `read_head` waits,
    /// or tells why there is none.
    std::optional<wire_result<response_head>> head_at_hand(bool answers_head_request);

    /// The body as text of at most `most` bytes; white space at the front is dropped as it comes,
    /// each byte restarts `patience`, within the limit for all texts. More is cut off (and costs
    /// the connection).
    /// Errors: truncated_body, timed_out, malformed_answer.
    task<wire_result<std::string>>
    read_text(std::size_t most, std::chrono::milliseconds patience, deadline by);

    /// The same, when all of it is here; nullopt: `read_text` waits, and has it all.
    std::optional<std::string> text_at_hand(std::size_t most);

    /// Exactly `size` bytes into `to`; `arrived` is kept up to date, for continuing.
    /// Errors: truncated_body, timed_out, those of the sink.
    task<wire_result<void>>
    read_data(std::uint64_t size, body_sink& to, std::uint64_t& arrived, deadline by);

    /// The same, of what came with the head: whether that was all of it.
    wire_result<bool> take_at_once(std::uint64_t size, body_sink& to, std::uint64_t& arrived);

    std::uint64_t unacknowledged() const override { return stream_->unacknowledged(); }

    /// Room for texts and heads; what is done with may be given back to it.
    spare_rooms& spare() { return spare_; }
    const server_address& server() const { return *server_; }
    bool answer_begun() const { return answer_begun_; }
    bool ended_early() const { return end_.early_answer; }
    /// Whether the exchange left it fit for another; then `rest` prepares for that.
    bool may_be_kept() const;
    void rest();
    bool has_input() { return stream_->has_input(); }

  private:
    enum class framing { none = 1, length, chunks, until_end };
    enum class text_step { more = 1, done, malformed };

    // connection_send.cpp
    std::size_t most_of_a_piece() const;
    wire_result<bytes_view> take_piece(const result<bytes_view>& piece, std::uint64_t& left);
    std::size_t unpaid(std::size_t bytes);
    task<wire_result<void>> write(bytes_view bytes, deadline by);
    error_code judge_pace(deadline::clock::time_point waiting_since);
    bool limits_bytes() const;
    std::size_t window() const;
    task<void> count(std::size_t bytes);
    bool stopped_by_answer();
    // connection_receive.cpp
    task<error_code> wait_in_body(wait_for what, std::uint64_t left, deadline by);
    bytes_span room_for_input();
    void leave_room();
    moved try_input();
    wire_result<bool> take_input(const moved& step);
    task<wire_result<bool>> more_input(deadline by);
    void frame(const response_head& head, bool answers_head_request);
    text_step take_text(std::string& text, std::size_t most);
    text_step take_chunk(std::string& text, std::size_t most);
    wire_result<std::size_t> take_leftovers(std::uint64_t left, body_sink& to);
    wire_result<moved> read_into(std::uint64_t left, body_sink& to);

    std::string_view input() const;
    void consume(std::size_t n);
    bool drop_interim_head();
    bool wants_breath(std::uint64_t bytes);
    void begin_exchange();

    std::unique_ptr<byte_stream> stream_;
    std::shared_ptr<const server_address> server_; ///< of many connections
    const client_limits& limits_;
    body_counters counters_;
    spare_rooms& spare_;
    buffer in_; ///< heads, texts, and what of a body came with its head; none while nothing is here
    std::uint32_t in_first_ = 0, in_size_ = 0; ///< at most `most_head_bytes`
    std::uint32_t searched_ = 0;               ///< of these: no head ends there
    rare<error_code> input_error_;
    wait_for input_needs_ = wait_for::readable;
    bool look_first_ = false; ///< there may be input that no wait would tell of
    exchange_end end_;
    bool answer_begun_ = false;
    framing framing_ = framing::none;
    std::uint64_t left_ = 0;                 ///< of a body framed by length
    std::unique_ptr<chunked_reader> chunks_; ///< of a body in chunks
    std::uint64_t since_breath_ = 0;
    pace pace_; ///< of the body under way
    std::array<traffic*, 2> limited_by_{};
    std::size_t paid_ = 0; ///< of the body to be sent: counted already
};

} // namespace sluice::s3
