// s3client: one epoll set for all sockets of a client, itself watched by Asio.
#include "readiness.hpp"

#include "spare_allocator.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

namespace sluice::s3 {

namespace {

error_code last_error() {
    return error_code(errno, boost::system::system_category());
}

} // namespace

/// A turn that is to come. When it never comes, because its context ends, nobody else would let
/// go of the coroutines that wait.
class readiness::look {
  public:
    using allocator_type = spare_allocator<char>;

    look(std::shared_ptr<readiness> of, bool at_set) : of_(std::move(of)), at_set_(at_set) {}
    look(look&&) noexcept = default;
    look& operator=(look&&) = delete;
    ~look() {
        if (!of_) return;
        (at_set_ ? of_->is_armed_ : of_->is_scheduled_) = false;
        of_->abandon();
    }
    allocator_type get_allocator() const noexcept { return {}; }

    void operator()(error_code = error_code()) {
        const std::shared_ptr<readiness> of = std::move(of_);
        (at_set_ ? of->is_armed_ : of->is_scheduled_) = false;
        if (at_set_) of->looked();
        of->wake_who_is_due();
    }

  private:
    std::shared_ptr<readiness> of_;
    bool at_set_;
};

error_code readiness::open() {
    const int made = ::epoll_create1(EPOLL_CLOEXEC);
    if (made < 0) return last_error();
    owner_ = ::getpid();
    error_code why;
    set_.assign(made, why);
    if (why) ::close(made);
    return why;
}

error_code readiness::wait(source& who, int socket, bool to_read, bool to_write) {
    const error_code why = set_.is_open() ? error_code() : open();
    if (why) return fail(who, why);
    epoll_event wanted{};
    // Once: nobody is woken for what nobody waits for.
    wanted.events = EPOLLONESHOT;
    if (to_read) wanted.events |= EPOLLIN;
    if (to_write) wanted.events |= EPOLLOUT;
    wanted.data.ptr = &who;
    const int how = who.is_known_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (::epoll_ctl(set_.native_handle(), how, socket, &wanted) != 0)
        return fail(who, last_error());
    who.is_known_ = who.is_armed_ = true;
    who.now_ = source::stage::waiting;
    waiting_.push_back(who);
    arm();
    return error_code();
}

void readiness::tell(source& who) {
    if (who.now_ != source::stage::waiting) return;
    who.unlink();
    who.now_ = source::stage::due;
    due_.push_back(who);
    schedule();
}

error_code readiness::fail(source& who, error_code why) {
    who.now_ = source::stage::due;
    due_.push_back(who);
    schedule();
    return why;
}

void readiness::schedule() {
    if (in_turn_ || due_.empty() || std::exchange(is_scheduled_, true)) return;
    boost::asio::post(set_.get_executor(), look(shared_from_this(), false));
}

/// A forked child has the same set as its parent, and takes nothing out of it.
void readiness::close(source& who, int socket) {
    if (who.is_linked()) who.unlink();
    who.now_ = source::stage::idle;
    const bool is_told_of = std::exchange(who.is_armed_, false) && owner_ == ::getpid();
    closings_.add(socket, set_.native_handle(), is_told_of);
    who.is_known_ = false;
    if (!in_turn_) closings_.finish();
    disarm_if_idle();
}

void readiness::arm() {
    if (is_armed_ || in_turn_ || waiting_.empty()) return;
    is_armed_ = true;
    set_.async_wait(set_.wait_read, look(shared_from_this(), true));
}

/// Without any that waits, the set keeps no context running.
void readiness::disarm_if_idle() {
    if (!is_armed_ || in_turn_ || !waiting_.empty()) return;
    error_code ignored;
    set_.cancel(ignored);
}

/// Who is woken here may close others: so all are found before.
void readiness::looked() {
    closings_.finish(); // of a turn in which a host runs its event loop: nobody gone is found
    std::array<epoll_event, 128> seen; // more are for the next look
    const int most = static_cast<int>(seen.size());
    const int count = ::epoll_wait(set_.native_handle(), seen.data(), most, 0);
    for (int n = 0; n < count; ++n) {
        source& who = *static_cast<source*>(seen[static_cast<std::size_t>(n)].data.ptr);
        who.is_armed_ = false;
        if (who.now_ != source::stage::waiting) continue;
        who.unlink();
        who.now_ = source::stage::due;
        due_.push_back(who);
    }
}

/// However it ends: a host's handler may throw out of its event loop, and the loop be run again.
class readiness::turn {
  public:
    explicit turn(readiness& of) : of_(of) {
        now.swap(of_.due_);
        of_.in_turn_ = true;
    }
    ~turn() {
        of_.due_.splice(of_.due_.begin(), now);
        of_.in_turn_ = false;
        of_.closings_.finish();
        of_.arm();
        of_.disarm_if_idle();
        of_.schedule();
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

    sources now; ///< who comes to be due meanwhile has another turn

  private:
    readiness& of_;
};

void readiness::wake_who_is_due() {
    turn mine(*this);
    while (!mine.now.empty()) {
        source& first = mine.now.front();
        mine.now.pop_front();
        first.now_ = source::stage::idle;
        first.woken();
    }
}

void readiness::abandon() {
    sources all;
    all.splice(all.end(), waiting_);
    all.splice(all.end(), due_);
    while (!all.empty()) {
        source& first = all.front();
        all.pop_front();
        first.now_ = source::stage::idle;
        first.dropped();
    }
}

} // namespace sluice::s3
