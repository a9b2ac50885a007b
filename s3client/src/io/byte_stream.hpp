// s3client: bytes over a wire, plain or encrypted, without saying which.
#pragma once

#include "parked.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/base/deadline.hpp>
#include <sluice/base/recycled_frames.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice::s3 {

enum class wait_for {
    readable = 1,
    writable,
    /// Writable, or the first sign of an answer to a request that is still being written.
    writable_or_answer,
};

/// What a step that does not wait has done. Neither bytes nor an error: it would block.
struct moved {
    std::size_t bytes = 0;
    error_code error; ///< boost::asio::error::eof when the peer has closed
    wait_for next = wait_for::readable;
    bool drained = false; ///< a read has taken all that was there: wait before the next
};

/// A stream's wait that costs no coroutine: thousands may wait for an answer.
class parking {
  public:
    /// Resumes `who` when a wait would have ended, with what it would have returned; with
    /// operation_aborted when it was cancelled. Nothing is resumed within this call.
    virtual void park(wait_for what, deadline by, parked who) = 0;
    /// Ends it, if there is one: `who` is told operation_aborted.
    virtual void cancel() = 0;

  protected:
    ~parking() = default;
};

/// That wait, as an operation: `std::tie(late) = co_await std::move(named)`. Cancellation:
/// terminal, told as operation_aborted, as an exception is dear in every frame that it leaves.
struct parked_wait {
    parking& in;
    wait_for what;
    deadline by;

    /// Asio asks whether this takes its frame, to which it points, before it gives its token.
    template <class Token>
    requires(!std::is_pointer_v<std::remove_reference_t<Token>>) auto operator()(Token&& token) {
        auto begin = [here = &in, kind = what, until = by](auto&& handler) {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected())
                slot.assign([here](boost::asio::cancellation_type) { here->cancel(); });
            here->park(kind, until, parked(std::move(handler)));
        };
        using signature = void(std::tuple<error_code>);
        return boost::asio::async_initiate<Token, signature>(std::move(begin), token);
    }
};

/// A connected stream. Reading and writing are tried at once and cost no coroutine; only when
/// nothing can be moved does one wait. At most one coroutine reads or waits.
class byte_stream : public recycled_frames {
  public:
    virtual ~byte_stream() = default;
    virtual moved try_read(bytes_span into) = 0;
    /// A part of `from` may be taken; after "would block" call again with the same bytes.
    virtual moved try_write(bytes_view from) = 0;
    /// Errors: boost::asio::error::timed_out at `by`. Cancellation: terminal (throws); the stream
    /// is then only good for destruction.
    virtual task<error_code> wait(wait_for what, deadline by) = 0;
    /// Where it can wait without a coroutine; null: only `wait` can.
    virtual parking* parks() { return nullptr; }
    /// Whether a read is worth trying before a wait, when the answer to what was just sent is
    /// expected. False: nothing is held here, and waiting tells at once if something has come.
    virtual bool may_hold_input() { return true; }
    /// From now on "readable" means that so many bytes have come, or the peer's end: one turn for
    /// many small pieces. Never more than what certainly comes; 1 is as at first. False: it cannot.
    virtual bool hold_until(std::size_t bytes) {
        static_cast<void>(bytes);
        return false;
    }
    /// Whether anything, data or the peer's end, waits to be read. For idle streams.
    virtual bool has_input() = 0;
    /// Bytes written that the peer's system has not acknowledged; 0: it cannot tell.
    virtual std::uint64_t unacknowledged() const { return 0; }
    /// Forgets timers, so that an idle stream keeps no context running.
    virtual void rest() = 0;
};

} // namespace sluice::s3
