// Waiting for the next try of a store that fails.
#include "../src/io/transfer_run.hpp"

#include <sluice/engine/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Somebody whose request has failed against a store that has failed for three minutes.
struct waiting {
    waiting() {
        char name[] = "/tmp/sluice-tries-XXXXXX";
        folder = ::mkdtemp(name);
        journal = state_store::open(folder + "/state").value();
        run.emplace(transfer_run{
            on.get_executor(),
            on.get_executor(),
            *journal,
            silent_logger(),
            run_control(),
            transfer_rules(),
            "name",
            "owner"});
        with.answered();
        with.after_failure(std::chrono::steady_clock::now() - 3min);
        auto first_wait = wait_for_next_try(*run, with, why, last_error);
        boost::asio::co_spawn(on, std::move(first_wait), [this](auto, bool again) {
            ended = true;
            tries = again;
        });
    }
    ~waiting() { std::filesystem::remove_all(folder); }

    boost::asio::io_context on;
    std::string folder;
    std::unique_ptr<state_store> journal;
    std::optional<transfer_run> run;
    sluice::patience with{1h};
    failure why{s3::s3_errc::internal_error, "PutObject b/k at h:9000", {}, {}};
    std::string last_error;
    bool ended = false, tries = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(next_tries)

// The pause is 25 s; who waits looks up every second, and has 15 here.
BOOST_AUTO_TEST_CASE(the_success_of_somebody_else_ends_a_long_pause) {
    waiting one;
    one.on.poll();
    BOOST_TEST(!one.ended);
    one.with.success();
    // The next failure comes before who waits has looked.
    one.with.after_failure(std::chrono::steady_clock::now());
    one.on.run_for(15s);
    BOOST_TEST(one.ended);
    BOOST_TEST(one.tries);
}

BOOST_AUTO_TEST_SUITE_END()
