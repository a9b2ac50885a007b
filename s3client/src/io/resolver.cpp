// s3client: getaddrinfo on Asio's thread, awaited through a timer so that it can be given up.
#include "resolver.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace sluice::s3 {

namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::seconds addresses_kept{60};

/// Outlives whoever waits: the look-up cannot be cancelled.
struct look_up {
    explicit look_up(const any_io_executor& on) : done(on) {}
    boost::asio::steady_timer done;
    bool answered = false;
    error_code why;
    std::vector<std::string> addresses;
};

void ask_system(const any_io_executor& on, const std::string& host, addresses_told then) {
    const auto system = std::make_shared<tcp::resolver>(on);
    system->async_resolve(
        host,
        "",
        tcp::resolver::address_configured,
        [system, then = std::move(then)](error_code why, const tcp::resolver::results_type& found) {
            std::vector<std::string> all;
            for (const auto& each : found) {
                const std::string address = each.endpoint().address().to_string();
                if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
            }
            then(why, std::move(all));
        }
    );
}

} // namespace

resolver::resolver(any_io_executor on, name_look_up ask) : on_(on), ask_(std::move(ask)) {
    if (ask_) return;
    ask_ = [on = std::move(on)](const std::string& host, addresses_told then) {
        ask_system(on, host, std::move(then));
    };
}

task<boost::system::result<std::vector<std::string>>>
resolver::resolve(const std::string& host, deadline by) {
    error_code why;
    boost::asio::ip::make_address(host, why);
    if (!why) co_return std::vector<std::string>(1, host);
    auto found = known_.find(host);
    if (found == known_.end() || found->second.until.passed()) {
        const auto job = std::make_shared<look_up>(on_);
        job->done.expires_at(by.when());
        ask_(host, [job](error_code told, std::vector<std::string> all) {
            job->why = told;
            job->addresses = std::move(all);
            job->answered = true;
            job->done.cancel();
        });
        if (!job->answered)
            co_await job->done.async_wait(boost::asio::redirect_error(use_awaitable, why));
        if (!job->answered && why == boost::asio::error::operation_aborted)
            throw boost::system::system_error(why, "s3 resolver");
        if (!job->answered) co_return error_code(boost::asio::error::timed_out);
        if (job->why) co_return job->why;
        if (job->addresses.empty()) co_return error_code(boost::asio::error::host_not_found);
        entry fresh;
        fresh.addresses = job->addresses;
        fresh.until = deadline::in(addresses_kept);
        found = known_.insert_or_assign(host, std::move(fresh)).first;
    }
    entry& known = found->second;
    std::vector<std::string> addresses = known.addresses;
    const std::size_t turn = known.turn++ % addresses.size();
    std::rotate(
        addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(turn), addresses.end()
    );
    co_return std::move(addresses);
}

} // namespace sluice::s3
