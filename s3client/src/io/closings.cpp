// s3client: sockets that are closed together, by two threads where there are two.
#include "closings.hpp"

#include <boost/asio/post.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

namespace sluice::s3 {

void closings::closing::now() const {
    // The kernel tells of a file that is closed here as long as a child still has it open.
    if (is_known) ::epoll_ctl(set, EPOLL_CTL_DEL, socket, nullptr);
    ::close(socket);
}

void closings::batch::close_all() {
    for (std::size_t n = 0; n < count; ++n)
        all[n].now();
    count = 0;
}

/// Batches of which each thread takes the next.
struct closings::shared {
    std::mutex lock;
    std::condition_variable idle;
    std::vector<std::unique_ptr<batch>> waiting;
    bool is_called = false; ///< the other thread: it will look, or does
    bool is_busy = false;   ///< it has a batch

    std::unique_ptr<batch> take() {
        if (waiting.empty()) return nullptr;
        std::unique_ptr<batch> next = std::move(waiting.back());
        waiting.pop_back();
        return next;
    }
    void help();
};

void closings::shared::help() {
    std::unique_lock held(lock);
    while (std::unique_ptr<batch> next = take()) {
        is_busy = true;
        held.unlock();
        next->close_all();
        held.lock();
        is_busy = false;
    }
    is_called = false;
    held.unlock();
    idle.notify_one();
}

void closings::add(int socket, int set, bool is_known) {
    const closing one{socket, set, is_known};
    if (!mine_) mine_.reset(new (std::nothrow) batch);
    if (!mine_) return one.now();
    mine_->all[mine_->count++] = one;
    if (mine_->count < together) return;
    if (beside_) share();
    if (mine_) mine_->close_all();
}

/// Streams that go are closed: nothing is thrown.
void closings::share() noexcept {
    try {
        if (!others_) others_ = std::make_shared<shared>();
        bool call = false;
        {
            const std::lock_guard held(others_->lock);
            others_->waiting.push_back(std::move(mine_));
            call = !std::exchange(others_->is_called, true);
        }
        if (call) boost::asio::post(beside_, [with = others_] { with->help(); });
    } catch (const std::exception&) {
        // Whoever has the batch closes it.
        if (!others_) return;
        const std::lock_guard held(others_->lock);
        others_->is_called = others_->is_busy;
    }
}

void closings::finish() {
    if (mine_) mine_->close_all();
    if (!others_) return;
    std::unique_lock held(others_->lock);
    while (const std::unique_ptr<batch> next = others_->take()) {
        held.unlock();
        next->close_all();
        held.lock();
    }
    others_->idle.wait(held, [this] { return !others_->is_busy; });
}

} // namespace sluice::s3
