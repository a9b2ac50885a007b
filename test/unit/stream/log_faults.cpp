// The embedded log on a disk that fails.
#include "io/log/file_system.hpp"
#include "log_fixture.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::test;

namespace {

/// Fails the n-th call that changes something, once, with the given code; half of a write is done
/// before it fails.
struct fault {
    errc code = errc::disk_full;
    int at = -1; ///< counts down; fails when it reaches 0
    int calls = 0;

    bool due() {
        ++calls;
        return at > 0 && --at == 0;
    }
    failure told(const log::path& name) const {
        failure why;
        why.code = code;
        why.where = name.string() + ": planted";
        return why;
    }
};

class failing_file final : public log::file {
  public:
    failing_file(std::unique_ptr<log::file> real, fault& plan)
        : real_(std::move(real)), plan_(plan) {}
    result<std::size_t> read(std::uint64_t at, bytes_span into) override {
        return real_->read(at, into);
    }
    result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
        if (!plan_.due()) return real_->write(at, pieces);
        const bytes_view half[] = {pieces.front().first(pieces.front().size() / 2)};
        real_->write(at, half).value();
        return plan_.told(name());
    }
    result<void> sync() override {
        return plan_.due() ? result<void>(plan_.told(name())) : real_->sync();
    }
    result<void> cut(std::uint64_t size) override {
        return plan_.due() ? result<void>(plan_.told(name())) : real_->cut(size);
    }
    result<std::uint64_t> size() override { return real_->size(); }
    result<bool> try_lock() override { return real_->try_lock(); }
    result<void> wait_for_lock() override { return real_->wait_for_lock(); }
    result<std::chrono::system_clock::time_point> modified() override { return real_->modified(); }
    const log::path& name() const override { return real_->name(); }

  private:
    std::unique_ptr<log::file> real_;
    fault& plan_;
};

class failing_files final : public log::file_system {
  public:
    explicit failing_files(fault& plan) : plan_(plan) {}
    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        if (mode == log::open_mode::create && plan_.due()) return plan_.told(name);
        auto real = log::real_files().open(name, mode);
        if (!real) return real.error();
        return std::unique_ptr<log::file>(std::make_unique<failing_file>(std::move(*real), plan_));
    }
    result<void> rename(const log::path& from, const log::path& to) override {
        return plan_.due() ? result<void>(plan_.told(to)) : log::real_files().rename(from, to);
    }
    result<void> remove(const log::path& name) override { return log::real_files().remove(name); }
    result<void> sync_directory(const log::path& name) override {
        return plan_.due() ? result<void>(plan_.told(name))
                           : log::real_files().sync_directory(name);
    }
    result<void> make_directory(const log::path& name) override {
        return log::real_files().make_directory(name);
    }
    result<std::vector<std::string>> list(const log::path& name) override {
        return log::real_files().list(name);
    }

  private:
    fault& plan_;
};

std::uintmax_t bytes_of_segments(const log_fixture& at) {
    std::uintmax_t bytes = 0;
    for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
        if (each.path().extension() == ".log") bytes += each.file_size();
    return bytes;
}

/// Appends until something fails or `count` events are in; returns how many were acknowledged.
task<std::int64_t> append_some(log_store store, int count, error_code& why) {
    log_writer_options options;
    options.segment_bytes = 1500;
    auto opened = co_await store.open_writer("s", options);
    if (!opened) {
        why = opened.error().code;
        co_return -1;
    }
    std::int64_t acknowledged = (*opened)->tail(0).end.sequence;
    for (int n = 0; n < count; ++n) {
        const auto built = small_events((*opened)->tail(0).end, 1, 200);
        const auto steps = steps_of(built, "progress");
        auto done = co_await (*opened)->append(0, steps);
        if (!done) {
            why = done.error().code;
            break;
        }
        acknowledged = (*opened)->tail(0).end.sequence;
    }
    auto closed = co_await (*opened)->close();
    closed.value();
    co_return acknowledged;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_faults)

BOOST_AUTO_TEST_CASE(whichever_call_fails_nothing_acknowledged_is_lost_and_a_restart_goes_on) {
    for (const errc code : {errc::disk_full, errc::io_error}) {
        for (int n = 1;; ++n) {
            log_fixture at;
            fault plan;
            plan.code = code;
            failing_files files(plan);
            log_store store(
                at.folder, at.context.get_executor(), at.blocking.get_executor(), files
            );
            auto make = [&]() -> task<void> {
                (co_await store.create("s", log_create_options())).value();
            };
            at.run(make());
            plan.at = n;
            plan.calls = 0;
            error_code why;
            const std::int64_t acknowledged =
                std::max<std::int64_t>(0, at.run(append_some(store, 12, why)));
            const bool failed = plan.at == 0;
            BOOST_TEST_REQUIRE(failed == static_cast<bool>(why), "call " << n);
            plan.at = -1;
            error_code again;
            const std::int64_t end = at.run(append_some(store, 3, again));
            BOOST_TEST_REQUIRE(!again, "call " << n << ": " << again.message());
            BOOST_TEST_REQUIRE(end >= acknowledged + 3, "call " << n);
            auto check = [&]() -> task<bool> {
                auto verdict = co_await store.verify("s");
                co_return verdict && verdict->problems.empty() &&
                    verdict->events == static_cast<std::uint64_t>(end);
            };
            BOOST_TEST_REQUIRE(at.run(check()), "call " << n);
            if (!failed) break;
        }
    }
}

BOOST_AUTO_TEST_CASE(after_a_full_disk_the_same_writer_goes_on) {
    log_fixture at;
    fault plan;
    failing_files files(plan);
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    auto play = [&]() -> task<void> {
        (co_await store.create("s", log_create_options())).value();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        const auto first = small_events(position{}, 2, 100);
        (co_await to->append(0, steps_of(first))).value();
        const auto more = small_events(position{0, 2, 0}, 2, 100);
        const auto before = bytes_of_segments(at);
        plan.at = 1;
        BOOST_TEST(((co_await to->append(0, steps_of(more))).error().code == errc::disk_full));
        BOOST_TEST(bytes_of_segments(at) == before);
        (co_await to->append(0, steps_of(more))).value();
        BOOST_TEST((to->tail(0).end == position{0, 4, 0}));
        (co_await to->close()).value();
        BOOST_TEST((co_await store.verify("s")).value().problems.empty());
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(a_sync_that_failed_ends_the_writer) {
    log_fixture at;
    fault plan;
    plan.code = errc::io_error;
    failing_files files(plan);
    log_store store(at.folder, at.context.get_executor(), at.blocking.get_executor(), files);
    auto play = [&]() -> task<void> {
        (co_await store.create("s", log_create_options())).value();
        log_writer_options options;
        auto to = (co_await store.open_writer("s", options)).value();
        (co_await to->append(0, steps_of(small_events(position{}, 1, 100)))).value();
        plan.at = 2; // the write succeeds, its sync does not
        BOOST_TEST(
            ((co_await to->append(0, steps_of(small_events(position{0, 1, 0}, 1, 100))))
                 .error()
                 .code == errc::io_error)
        );
        BOOST_TEST(
            !(co_await to->append(0, steps_of(small_events(position{0, 2, 0}, 1, 100)))).has_value()
        );
    };
    at.run(play());
}

BOOST_AUTO_TEST_SUITE_END()
