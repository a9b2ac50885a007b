// s3client: the deadlines of many streams behind one timer.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/task.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>

#include <memory>

namespace sluice::s3 {

/// Use from one strand. A timer of its own costs a stream a quarter of a KiB while it waits, and
/// more time than anything else when thousands give up waiting at once.
class alarms : public std::enable_shared_from_this<alarms> {
  public:
    using time_point = deadline::clock::time_point;

    /// Something that is woken. Must be cleared before it goes.
    class sleeper : public boost::intrusive::set_base_hook<boost::intrusive::optimize_size<true>> {
      public:
        /// Its time has come; it is not set any more, and may be set again.
        virtual void wake() = 0;

      protected:
        ~sleeper() = default;

      private:
        friend class alarms;
        friend bool operator<(const sleeper& a, const sleeper& b) { return a.at_ < b.at_; }
        time_point at_ = time_point::max(); ///< max: not set
    };

    explicit alarms(any_io_executor on) : timer_(std::move(on)) {}

    /// When it is woken; max: never.
    static time_point time_of(const sleeper& who) { return who.at_; }
    void set(sleeper& who, time_point at);
    /// Without any that is set, the timer keeps no context running.
    void clear(sleeper& who);

  private:
    void start_timer();
    void fired();

    boost::asio::steady_timer timer_;
    time_point timer_at_ = time_point::max(); ///< max: it does not run
    boost::intrusive::multiset<sleeper, boost::intrusive::constant_time_size<false>> all_;
};

} // namespace sluice::s3
