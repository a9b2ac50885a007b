// engine: a transfer as its host holds it: wishes from any thread, and the wait for its end.
#include "transfer_state.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace sluice {

namespace {

void give_order(const std::shared_ptr<transfer::state>& to, transfer_order order) {
    boost::asio::post(to->run.on, [to, order = std::move(order)]() mutable {
        to->orders.push_back(std::move(order));
    });
}

} // namespace

void transfer::pause(std::string destination, std::optional<std::uint32_t> partition) {
    give_order(state_, {std::move(destination), partition, "paused"});
}

void transfer::resume(std::string destination, std::optional<std::uint32_t> partition) {
    give_order(state_, {std::move(destination), partition, "running"});
}

void transfer::stop(std::string destination, std::optional<std::uint32_t> partition) {
    give_order(state_, {std::move(destination), partition, "stopped"});
}

void transfer::cancel(std::string destination, std::optional<std::uint32_t> partition) {
    give_order(state_, {std::move(destination), partition, "cancelled"});
}

void transfer::add_destination(std::string address) {
    give_order(state_, {std::move(address), std::nullopt, "added"});
}

void transfer::remove_destination(std::string address) {
    give_order(state_, {std::move(address), std::nullopt, "removed"});
}

const std::string& transfer::name() const {
    return state_->run.name;
}

void transfer::pause() {
    boost::asio::post(state_->run.on, [shared = state_] { shared->stop(false); });
}

void transfer::stop() {
    boost::asio::post(state_->run.on, [shared = state_] { shared->ask(wish::stop); });
}

void transfer::cancel() {
    boost::asio::post(state_->run.on, [shared = state_] { shared->ask(wish::cancel); });
}

void transfer::halt() {
    boost::asio::post(state_->run.on, [shared = state_] { shared->stop(true); });
}

progress transfer::snapshot() const {
    const std::lock_guard<std::mutex> hold(state_->shown_guard);
    return state_->shown;
}

task<report> transfer::wait() {
    const std::shared_ptr<state> shared = state_; // the handle may go before the wait ends
    co_await shared->ended_event.wait();
    co_return *shared->ended;
}

} // namespace sluice
