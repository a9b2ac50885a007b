// simulation: the life of one process.
#include "life.hpp"

#include "coverage.hpp"

#include <boost/asio/post.hpp>

namespace sluice::simulation {

life*& current_life() {
    static life* now = nullptr;
    return now;
}

life::life(boost::asio::io_context& in, std::string called)
    : name(std::move(called)), over(in.get_executor()), in_(in) {}

any_io_executor life::executor() {
    return life_executor(shared_from_this(), in_.get_executor());
}

void life::step(const char* at) {
    ++steps_;
    if (dead_) return;
    if (freezes_at > 0 && steps_ >= freezes_at) {
        freezes_at = 0;
        frozen_ = true;
        meet(std::string("frozen at: ") + at);
        over.set();
    }
    if (dies_at == 0 || steps_ < dies_at) return;
    dead_ = true;
    meet(std::string("dead at: ") + at);
    boost::asio::post(in_, [self = shared_from_this()] {
        if (self->halt) self->halt();
    });
}

void life::run(std::unique_ptr<held_work> work) {
    if (!frozen_) step();
    if (frozen_) {
        held_.push_back(std::move(work));
        return;
    }
    life* const before = std::exchange(current_life(), this);
    (*work)();
    work.reset();
    current_life() = before;
}

void life::thaw() {
    frozen_ = false;
    woke_ = true;
    for (auto& each : held_) {
        auto kept = std::make_shared<std::unique_ptr<held_work>>(std::move(each));
        boost::asio::post(in_, [self = shared_from_this(), kept] { self->run(std::move(*kept)); });
    }
    held_.clear();
}

} // namespace sluice::simulation
