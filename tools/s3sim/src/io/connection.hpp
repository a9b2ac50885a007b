// s3sim: one connection: requests in, answers or faults out.
#pragma once

#include "core/answer_head.hpp"
#include "io/byte_stream.hpp"
#include "io/request.hpp"
#include "io/site.hpp"

#include <sluice/base/buffer.hpp>

#include <memory>
#include <string>

namespace sluice::sim {

/// One request while it is served.
struct exchange {
    request ask;
    fault_plan faults;
    std::string id;                     ///< x-amz-request-id
    std::string_view name = "Invalid";  ///< of the operation, for the counters
    std::uint64_t length = 0;           ///< bytes of the body on the wire
    std::uint64_t left = 0;             ///< of these, not yet read
    bool wants_continue = false;        ///< the client waits for "100 Continue"
    std::shared_ptr<const scenario> as; ///< what held when it came
};

class body_digest;

class connection {
  public:
    connection(site& here, std::unique_ptr<byte_stream> stream);
    /// Until the peer closes, a fault ends the connection, or an answer must close it.
    task<void> serve();

  private:
    /// What the connection does after an exchange.
    enum class after { next = 1, close, gone };

    task<std::size_t> read_head();
    task<after> serve_one();
    task<after> serve_admin(exchange& now);
    task<after> serve_operation(exchange& now);
    std::optional<refusal> understand(exchange& now);

    task<bool> invite_body(exchange& now);
    task<bool> read_body(exchange& now, received& to, std::optional<refusal>& refused);
    task<bool> read_text(exchange& now, std::string& to);
    /// The data of a body in chunks, to `to` as far as there is room.
    task<bool> read_chunks(
        exchange& now, blob_writer& to, body_digest& digest, std::optional<refusal>& refused
    );
    task<std::size_t> read_some(exchange& now, bytes_span to);
    task<bool> skip_body(exchange& now, std::uint64_t most);

    /// Delays of that phase, then the fault that ends the exchange there, if one does.
    task<std::optional<after>> meet_faults(exchange& now, fault_phase phase);
    task<after> end_by_fault(exchange& now, const fault_rule& rule);
    /// The connection ends; what was asked for is done all the same, later.
    task<after> perform_late(exchange& now, received body);
    /// The rule's own answer, or its own bytes.
    task<after> send_invented(exchange& now, const fault_rule& rule);
    /// The answer's first `rule.bytes` bytes, head included, and then its end.
    task<after> cut(exchange& now, const answer& what, std::string head, std::uint64_t size);
    /// A head, white space for as long as the rule says, the document.
    task<after> send_after_spaces(exchange& now, const answer& what, answer_head head);
    task<void> stall(const fault_rule& rule);

    /// Answers; when the body was not read yet either skips a short one or closes afterwards.
    task<after> refuse_request(exchange& now, refusal why);
    task<after> send(exchange& now, answer what);
    task<bool>
    send_content(exchange& now, const answer& what, std::string head, std::uint64_t most);
    void count(const exchange& now, unsigned status, std::uint64_t out);

    site& here_;
    std::unique_ptr<byte_stream> stream_;
    buffer head_;
    std::size_t begin_ = 0, end_ = 0; ///< bytes in `head_` not used yet
};

} // namespace sluice::sim
