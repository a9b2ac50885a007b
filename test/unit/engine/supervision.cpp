// The supervisor of a transfer: it sees every end of the work.
#include "../src/io/transfer_state.hpp"
#include "run_task.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/engine/destinations.hpp>
#include <sluice/engine/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;

namespace {

/// Work that does what a test says.
class scripted_work final : public transfer_work {
  public:
    explicit scripted_work(std::function<task<void>()> script) : script_(std::move(script)) {}
    task<void> work(const wishes_look&) override { return script_(); }
    void close() override { closed = true; }
    void obey(const std::vector<destination_row>& wanted) override {
        told = wanted;
        if (on_told) on_told();
    }
    std::vector<destination_row> observed() override { return seen; }
    progress look(double) override { return progress(); }
    std::optional<failure> outcome() const override { return ended; }
    side outcome_side() const override { return side::neither; }

    bool closed = false;
    std::optional<failure> ended;
    std::vector<destination_row> told, seen;
    std::function<void()> on_told;

  private:
    std::function<task<void>()> script_;
};

/// A transfer with a journal of its own, supervised to its end.
report supervised(std::function<task<void>()> script, bool stop_it = false) {
    char folder[] = "/tmp/sluice-supervise-XXXXXX";
    const std::string path = ::mkdtemp(folder);
    boost::asio::io_context on;
    boost::asio::thread_pool blocking(1);
    transfer_rules rules;
    rules.drain = std::chrono::milliseconds(1);
    auto shared = std::make_shared<transfer::state>(
        on.get_executor(),
        blocking.get_executor(),
        state_store::open(path + "/state").value(),
        silent_logger(),
        rules,
        "nightly"
    );
    if (stop_it) shared->stop(false);
    sluice::test::run_task(on, supervise(shared, std::make_shared<scripted_work>(script)));
    std::filesystem::remove_all(path);
    return *shared->ended;
}

task<void> return_at_once() {
    co_return;
}

task<void> throw_this(std::function<void()> thrower) {
    co_await sleep_for(std::chrono::milliseconds(1));
    thrower();
}

} // namespace

BOOST_AUTO_TEST_SUITE(supervision)

BOOST_AUTO_TEST_CASE(work_that_returns_is_completed) {
    BOOST_TEST(!supervised(return_at_once).outcome.has_value());
}

BOOST_AUTO_TEST_CASE(work_that_throws_has_failed_and_nobody_waits_for_it) {
    const std::function<void()> thrower = [] { throw std::runtime_error("no luck today"); };
    const report end = supervised([&thrower] { return throw_this(thrower); });
    BOOST_TEST_REQUIRE(end.outcome.has_value());
    BOOST_TEST(end.outcome->where == "no luck today");
    BOOST_TEST(end.final.state == "failed");

    const std::function<void()> starving = [] { throw std::bad_alloc(); };
    const report starved = supervised([&starving] { return throw_this(starving); });
    BOOST_TEST_REQUIRE(starved.outcome.has_value());
    BOOST_TEST(starved.final.state == "failed");
}

BOOST_AUTO_TEST_CASE(work_that_does_not_end_in_time_is_cut_and_paused) {
    const report end = supervised([] { return sleep_for(std::chrono::hours(1)); }, true);
    BOOST_TEST_REQUIRE(end.outcome.has_value());
    BOOST_TEST((end.outcome->code == engine_errc::paused));
    BOOST_TEST(end.final.state == "paused");
}

BOOST_AUTO_TEST_CASE(what_the_host_wants_of_destinations_is_stored_followed_and_observed) {
    char folder[] = "/tmp/sluice-supervise-XXXXXX";
    const std::string path = ::mkdtemp(folder);
    boost::asio::io_context on;
    boost::asio::thread_pool blocking(1);
    auto shared = std::make_shared<transfer::state>(
        on.get_executor(),
        blocking.get_executor(),
        state_store::open(path + "/state").value(),
        silent_logger(),
        transfer_rules(),
        "nightly"
    );
    transfer_row row;
    row.name = "nightly";
    row.kind = "export";
    shared->journal->put_transfer(row).value();
    add_destination(*shared->journal, "nightly", "s3://bkt/a").value();
    event done(on.get_executor());
    auto work = std::make_shared<scripted_work>([&done] { return done.wait(); });
    work->on_told = [&] {
        // The last order is followed: the state of one is told, and the work ends.
        if (work->told.size() < 2 || work->told[0].desired != "paused") return;
        work->seen = work->told;
        work->seen[0].observed = "paused";
        done.set();
    };
    transfer handle(shared);
    handle.pause("s3://bkt/a");
    handle.pause("s3://bkt/a", 3);
    handle.stop("s3://bkt/unknown");
    handle.add_destination("s3://bkt/b");
    sluice::test::run_task(on, supervise(shared, work));
    const auto rows = shared->journal->destinations("nightly").value();
    BOOST_TEST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(rows[0].desired == "paused");
    BOOST_TEST(rows[0].observed == "paused");
    BOOST_TEST_REQUIRE(rows[0].lanes.size() == 1u);
    BOOST_TEST(rows[0].lanes[0].partition == 3u);
    BOOST_TEST(rows[0].lanes[0].desired == "paused");
    BOOST_TEST(rows[1].target == "s3://bkt/b");
    BOOST_TEST(shared->journal->find_transfer("nightly").value()->desired == "");
    std::filesystem::remove_all(path);
}

BOOST_AUTO_TEST_SUITE_END()
