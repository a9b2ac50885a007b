// test support: servers by script behind the client's own byte streams. No socket, no time: what
// will never come has timed out at once.
#pragma once

#include "io/network.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::s3 {

/// One request and its answer, on one connection.
struct scripted_exchange {
    /// Makes the answer from the request (head, and what came of its body).
    std::function<std::string(const std::string& request)> answer;
    /// So many bytes of the request are taken, then no more, and the answer comes.
    std::size_t early_after = SIZE_MAX;
    /// Comes after so many bytes of the request, of which no more are taken until it was read.
    std::string interim;
    std::size_t interim_after = SIZE_MAX;
    /// So many bytes of the request are taken, then sending fails.
    std::size_t reset_after = SIZE_MAX;

    scripted_exchange(const char* text) : scripted_exchange(std::string(text)) {}
    scripted_exchange(std::string text)
        : answer([text = std::move(text)](const std::string&) { return text; }) {}
    scripted_exchange(std::function<std::string(const std::string&)> make)
        : answer(std::move(make)) {}
};

/// What one connection does, and what it saw. After the last exchange the server has closed it.
struct scripted_server {
    std::vector<scripted_exchange> exchanges;
    std::size_t slice = SIZE_MAX; ///< bytes per read and per write
    bool blocks = false;          ///< nothing can be read before it was waited for
    bool silent_at_end = false;   ///< instead of closing
    bool end_shows = false;       ///< an idle connection looks closed before it is used
    bool refuses = false;         ///< nobody listens there
    error_code at_end = boost::asio::error::eof;

    std::vector<std::string> requests;                         ///< as far as they came
    std::vector<std::chrono::steady_clock::duration> patience; ///< of each wait
    std::string reached_as;                                    ///< host and port
    bool opened = false, closed = false;
    std::size_t writes = 0; ///< calls that brought bytes
};

class scripted_stream final : public byte_stream {
  public:
    explicit scripted_stream(scripted_server& server) : server_(server) { server_.opened = true; }
    ~scripted_stream() override { server_.closed = true; }

    moved try_write(bytes_view from) override {
        moved step;
        step.next = wait_for::writable;
        if (refuses_) return step;
        begin_request();
        const scripted_exchange* const now = current();
        if (now != nullptr && request().size() >= now->reset_after) {
            step.error = boost::asio::error::connection_reset;
            answer_now();
            return step;
        }
        step.bytes = std::min({from.size(), server_.slice, room()});
        request() += as_text(from.first(step.bytes));
        ++server_.writes;
        if (is_whole() || (now != nullptr && request().size() >= now->early_after))
            answer_now();
        else
            interim_if_due();
        return step;
    }

    moved try_read(bytes_span into) override {
        moved step;
        if (pending() == 0) {
            if (ended()) step.error = server_.at_end;
            return step;
        }
        if (server_.blocks && !std::exchange(waited_, false)) return step;
        step.bytes = std::min({into.size(), server_.slice, pending()});
        std::copy_n(
            as_bytes(pending_).begin() + static_cast<std::ptrdiff_t>(read_),
            step.bytes,
            into.begin()
        );
        read_ += step.bytes;
        return step;
    }

    task<error_code> wait(wait_for what, deadline by) override {
        server_.patience.push_back(by.when() - deadline::clock::now());
        waited_ = true;
        const bool comes = pending() > 0 || ended();
        bool ready = what == wait_for::readable ? comes : room() > 0;
        if (what == wait_for::writable_or_answer) ready = ready || comes;
        error_code late;
        if (!ready) late = boost::asio::error::timed_out;
        co_return late;
    }

    bool has_input() override { return pending() > 0 || (server_.end_shows && ended()); }
    void rest() override {}

  private:
    std::string& request() { return server_.requests.back(); }
    const scripted_exchange* current() const {
        return at_ < server_.exchanges.size() ? &server_.exchanges[at_] : nullptr;
    }
    std::size_t pending() const { return pending_.size() - read_; }
    bool ended() const { return current() == nullptr && !server_.silent_at_end; }

    void begin_request() {
        if (std::exchange(in_request_, true)) return;
        server_.requests.emplace_back();
        interim_sent_ = false;
    }
    std::size_t room() const {
        const scripted_exchange* const now = current();
        if (refuses_) return 0;
        if (now == nullptr || !in_request_) return SIZE_MAX;
        const std::size_t taken = server_.requests.back().size();
        std::size_t end = std::min(now->early_after, now->reset_after);
        if (!interim_sent_ || pending() > 0) end = std::min(end, now->interim_after);
        return end > taken ? end - taken : 0;
    }
    bool is_whole() const {
        const std::string& text = server_.requests.back();
        const auto end = text.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const auto at = text.find("content-length: ");
        const std::size_t size = at < end ? std::stoul(text.substr(at + 16)) : 0;
        return text.size() >= end + 4 + size;
    }
    void interim_if_due() {
        const scripted_exchange* const now = current();
        if (now == nullptr || interim_sent_ || request().size() < now->interim_after) return;
        interim_sent_ = true;
        pending_ += now->interim;
    }
    void answer_now() {
        interim_if_due();
        in_request_ = false;
        refuses_ = !is_whole();
        const scripted_exchange* const now = current();
        if (now == nullptr) return;
        pending_ += now->answer(request());
        ++at_;
    }

    scripted_server& server_;
    std::string pending_;  ///< on its way to the client
    std::size_t read_ = 0; ///< of it
    std::size_t at_ = 0;
    bool in_request_ = false, interim_sent_ = false, waited_ = false;
    bool refuses_ = false; ///< the rest of a request that was answered early
};

/// Each connect leads to the next of `servers`; they outlive the network. Without one: refused.
class scripted_network final : public network {
  public:
    explicit scripted_network(std::deque<scripted_server>& servers) : servers_(servers) {}

    task<result<std::unique_ptr<byte_stream>>>
    connect(const server_address& to, deadline) override {
        const bool refused = next_ == servers_.size() || servers_[next_].refuses;
        if (refused) {
            next_ = std::min(next_ + 1, servers_.size());
            failure why;
            why.code = s3_errc::connect_failed;
            why.where = "nobody listens";
            co_return why;
        }
        servers_[next_].reached_as = to_string(to);
        std::unique_ptr<byte_stream> made = std::make_unique<scripted_stream>(servers_[next_++]);
        co_return std::move(made);
    }

  private:
    std::deque<scripted_server>& servers_;
    std::size_t next_ = 0;
};

} // namespace sluice::s3
