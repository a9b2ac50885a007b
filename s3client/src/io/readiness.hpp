// s3client: the readiness of many sockets behind one descriptor of Asio's.
#pragma once

#include "closings.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>

namespace sluice::s3 {

/// Use from one strand. A socket that Asio watches itself costs half a KiB while it waits: what
/// Asio knows of it, its executor twice, an operation with room for any handler. Here it costs
/// what `source` has.
class readiness : public std::enable_shared_from_this<readiness> {
    using list_hook = boost::intrusive::list_base_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  public:
    /// Somebody with a socket, which goes with it: by `close`.
    class source : public list_hook {
      public:
        /// What it waits for has come, or `tell` was called: once for each `wait`, and never within
        /// a call of this class by itself.
        virtual void woken() = 0;
        /// Nothing will wake it any more: the context ends.
        virtual void dropped() = 0;

      protected:
        ~source() = default;

      private:
        friend class readiness;
        enum class stage : std::uint8_t { idle, waiting, due };
        stage now_ = stage::idle;
        bool is_known_ = false; ///< to the kernel's set
        bool is_armed_ = false; ///< there
    };

    /// `beside`: see closings.
    readiness(any_io_executor on, any_io_executor beside)
        : set_(std::move(on)), closings_(std::move(beside)) {}

    /// Waits until the socket is readable or writable (or both are waited for), or broken. At most
    /// once for a source at a time. Errors: those of the system; it is woken at once then.
    error_code wait(source& who, int socket, bool to_read, bool to_write);
    /// Wakes one that waits, though nothing may have come.
    void tell(source& who);
    /// Forgets who had the socket, and closes it: at once, or with others by the end of the turn
    /// in which many are woken.
    void close(source& who, int socket);

  private:
    using sources = boost::intrusive::list<source, boost::intrusive::constant_time_size<false>>;
    class look;
    class turn;

    error_code open();
    error_code fail(source& who, error_code why);
    void schedule();
    void arm();
    void disarm_if_idle();
    void looked();
    void wake_who_is_due();
    void abandon();

    boost::asio::posix::stream_descriptor set_; ///< the kernel's
    closings closings_;
    sources waiting_, due_;
    int owner_ = 0;             ///< process that has made the set
    bool is_armed_ = false;     ///< a look at the set is under way
    bool is_scheduled_ = false; ///< a turn for who is due
    bool in_turn_ = false;
};

} // namespace sluice::s3
