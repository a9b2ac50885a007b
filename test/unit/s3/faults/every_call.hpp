// test support: every operation of the client as data: how it is called, what a sound store
// answers, and what may be repeated. Tables of faults go through all of them.
#pragma once

#include "../scripted_network.hpp"
#include "io/client_impl.hpp"
#include "run_task.hpp"

#include <sluice/base/log.hpp>

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace sluice::s3::faults {

/// What must never be read in a failure or a log.
inline const std::string canary_secret = "canary-secret-key";
inline const std::string canary_token = "canary-session-token";

class kept_log final : public logger {
  public:
    using logger::write;
    void write(
        log_level level, std::string_view message, const log_field* fields, std::size_t count
    ) override;
    std::string text;
};

/// A client whose connections lead to scripts, one after the other.
struct client_rig {
    explicit client_rig(client_options options);
    client_rig(client_options options, std::unique_ptr<network> through);

    template <class T>
    T run(task<T> what) {
        return test::run_task(context, std::move(what));
    }
    /// All requests in the order of connections.
    std::vector<std::string> requests() const;

    /// Shared by all: making one takes longer than most calls.
    static boost::asio::io_context& shared_context();

    kept_log log;
    boost::asio::io_context& context = shared_context();
    std::deque<scripted_server> servers;
    client_impl client;
};

/// Pauses of nothing, windows of a few bytes (so that small bodies have many pieces), two tries.
client_options small_options();

enum class framed_by { length = 1, chunks, end };
constexpr framed_by every_framing[] = {framed_by::length, framed_by::chunks, framed_by::end};

struct sound_answer {
    /// text: framed in any way. data: never but with its length. no_body: nothing follows the head,
    /// whatever length it tells.
    enum class kind { text = 1, data, no_body };
    std::string status = "200 OK";
    std::string headers; ///< each with its line's end
    std::string body;
    kind what = kind::text;
    bool of_object = false; ///< the body is the object: the range that was asked for
};
std::string write_answer(
    const sound_answer& what, const std::string& request, framed_by how = framed_by::length
);

/// One operation, called in one way.
struct tried_call {
    const char* name;
    /// Calls, and writes down what it got: equal texts are equal results.
    std::function<result<std::string>(client_rig&)> make;
    /// What a sound store answers, one for each request.
    std::vector<sound_answer> answers;
    subject about = subject::object;
    /// An unclear outcome is not tried again.
    bool gives_back = false;
    /// The request may be repeated at once when a kept connection was dead.
    bool repeats = true;
    /// The same request every time: nothing in it tells the time.
    bool same_request = true;
    /// A 404 about what was asked for is no failure.
    bool missing_is_fine = false;
    /// Anything besides `small_options`.
    std::function<void(client_options&)> adjust = [](client_options&) {};

    client_options options() const;
    /// Servers that answer soundly from the n-th answer on: one, which is silent then; or one for
    /// each answer, where its end is the connection's.
    void add_sound(client_rig& rig, std::size_t from = 0, framed_by how = framed_by::length) const;
    scripted_exchange exchange(std::size_t n, framed_by how = framed_by::length) const;
};

const std::vector<tried_call>& every_call();

/// What the call is when nothing goes wrong: its requests, and what it returns.
struct sound_run {
    std::vector<std::string> requests;
    std::string value;
};
sound_run run_soundly(const tried_call& what);

/// The end that every call must come to, whatever happened: nothing is lent out, nothing stays open
/// behind the client's back, and no secret was told. Closes the client.
void leaves_nothing_behind(client_rig& rig, const result<std::string>& outcome);

/// The code of a failure; anything else ends the case.
s3_errc code_of(const result<std::string>& outcome);

} // namespace sluice::s3::faults
