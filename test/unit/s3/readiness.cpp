// Tests of s3client/src/io/readiness.cpp and parked.hpp: who waits for sockets, here those of
// socketpair(), is woken, told or dropped.
#include "io/readiness.hpp"

#include "io/byte_stream.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(readiness)

namespace {

struct socket_pair {
    socket_pair() {
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    }
    ~socket_pair() {
        close_mine();
        ::close(ends[1]);
    }
    void close_mine() {
        if (std::exchange(is_open, false)) ::close(ends[0]);
    }
    void write_to_mine() { BOOST_REQUIRE(::write(ends[1], "x", 1) == 1); }
    int mine() const { return ends[0]; }
    /// To somebody who closes it.
    int given() {
        is_open = false;
        return ends[0];
    }
    int ends[2]{};
    bool is_open = true;
};

struct waiter final : s3::readiness::source {
    void woken() override {
        ++times;
        if (then) then();
    }
    void dropped() override { ++drops; }
    std::function<void()> then;
    int times = 0, drops = 0;
};

bool is_open_file(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

struct place {
    explicit place(any_io_executor beside = {})
        : sockets(std::make_shared<s3::readiness>(context.get_executor(), std::move(beside))) {}
    boost::asio::io_context context;
    std::shared_ptr<s3::readiness> sockets;

    void turn() {
        context.restart();
        context.poll();
    }
    /// Whether anything would still come.
    bool is_quiet() {
        turn();
        return context.stopped();
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(who_waits_is_woken_once_and_not_before) {
    place here;
    socket_pair wire;
    waiter who;
    for (int each = 1; each <= 2; ++each) {
        BOOST_TEST(!here.sockets->wait(who, wire.mine(), true, false));
        here.turn();
        BOOST_TEST(who.times == each - 1);
        wire.write_to_mine();
        here.turn();
        BOOST_TEST(who.times == each);
        wire.write_to_mine(); // nobody waits
        BOOST_TEST(here.is_quiet());
        BOOST_TEST(who.times == each);
        char taken[2];
        BOOST_TEST(::read(wire.mine(), taken, 2) == 2);
    }
    here.sockets->close(who, wire.given());
}

BOOST_AUTO_TEST_CASE(what_is_there_already_wakes_and_so_does_room_to_write) {
    place here;
    socket_pair wire;
    waiter who;
    wire.write_to_mine();
    BOOST_TEST(!here.sockets->wait(who, wire.mine(), true, false));
    here.turn();
    BOOST_TEST(who.times == 1);
    BOOST_TEST(!here.sockets->wait(who, wire.mine(), false, true));
    here.turn();
    BOOST_TEST(who.times == 2);
    here.sockets->close(who, wire.given());
}

BOOST_AUTO_TEST_CASE(no_context_runs_on_for_nobody) {
    place here;
    socket_pair wire, other;
    waiter who;
    BOOST_TEST(!here.sockets->wait(who, wire.mine(), true, false));
    BOOST_TEST(!here.is_quiet());
    here.sockets->close(who, wire.given());
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(!here.sockets->wait(who, other.mine(), true, false));
    BOOST_TEST(!here.is_quiet());
    here.sockets->tell(who);
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(who.times == 1);
    here.sockets->close(who, other.given());
}

BOOST_AUTO_TEST_CASE(who_is_told_is_woken_in_a_later_turn_unless_forgotten_meanwhile) {
    place here;
    socket_pair wires[3];
    waiter first, second, third;
    first.then = [&] { here.sockets->close(second, wires[1].given()); };
    int at = 0;
    for (waiter* each : {&first, &second, &third})
        BOOST_TEST(!here.sockets->wait(*each, wires[at++].mine(), true, false));
    for (waiter* each : {&first, &second, &third}) {
        here.sockets->tell(*each);
        here.sockets->tell(*each);
        BOOST_TEST(each->times == 0);
    }
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(first.times == 1);
    BOOST_TEST(second.times == 0);
    BOOST_TEST(third.times == 1);
    here.sockets->close(first, wires[0].given());
    here.sockets->close(third, wires[2].given());
}

/// As a host's completion handler may, out of the event loop's run().
BOOST_AUTO_TEST_CASE(when_one_throws_the_others_are_woken_all_the_same) {
    place here;
    socket_pair wires[3];
    waiter all[3];
    all[0].then = [] { throw std::runtime_error("a host's"); };
    for (int n = 0; n < 3; ++n) {
        BOOST_TEST(!here.sockets->wait(all[n], wires[n].mine(), true, false));
        wires[n].write_to_mine();
    }
    BOOST_CHECK_THROW(here.turn(), std::runtime_error);
    BOOST_TEST(all[1].times + all[2].times == 0);
    BOOST_TEST(here.is_quiet());
    for (int n = 0; n < 3; ++n) {
        BOOST_TEST(all[n].times == 1);
        here.sockets->close(all[n], wires[n].given());
    }
}

BOOST_AUTO_TEST_CASE(more_than_one_look_sees_are_all_woken) {
    place here;
    constexpr int many = 300;
    socket_pair wires[many];
    waiter all[many];
    for (int n = 0; n < many; ++n) {
        BOOST_TEST(!here.sockets->wait(all[n], wires[n].mine(), true, false));
        wires[n].write_to_mine();
    }
    BOOST_TEST(here.is_quiet());
    for (int n = 0; n < many; ++n) {
        BOOST_TEST(all[n].times == 1);
        here.sockets->close(all[n], wires[n].given());
    }
}

/// A child that was forked keeps the file, and so the kernel what it was told of it.
BOOST_AUTO_TEST_CASE(a_socket_that_somebody_else_keeps_open_is_no_longer_told_of) {
    place here;
    socket_pair old, wire;
    std::optional<waiter> who(std::in_place);
    BOOST_TEST(!here.sockets->wait(*who, old.mine(), true, false));
    here.turn();
    const int kept = ::dup(old.mine());
    here.sockets->close(*who, old.given());
    who.emplace(); // at the same address
    BOOST_TEST(!here.sockets->wait(*who, wire.mine(), true, false));
    old.write_to_mine();
    here.turn();
    BOOST_TEST(who->times == 0);
    here.sockets->close(*who, wire.given());
    ::close(kept);
}

BOOST_AUTO_TEST_CASE(what_is_closed_in_a_turn_is_closed_when_it_ends) {
    boost::asio::thread_pool beside(1);
    place here(beside.get_executor());
    constexpr int many = 300;
    socket_pair wires[many];
    waiter all[many];
    for (int n = 0; n < many; ++n) {
        BOOST_TEST(!here.sockets->wait(all[n], wires[n].mine(), true, false));
        all[n].then = [&, n] { here.sockets->close(all[n], wires[n].given()); };
        here.sockets->tell(all[n]);
    }
    bool is_asked = false;
    const auto all_are_closed = [&] {
        is_asked = true;
        BOOST_TEST(std::none_of(wires, wires + many, [](const socket_pair& each) {
            return is_open_file(each.mine());
        }));
    };
    all[0].then = [&, close = all[0].then] {
        close();
        boost::asio::post(here.context, all_are_closed);
    };
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(is_asked);
}

/// One that runs its event loop within a handler, as some programs with windows do.
BOOST_AUTO_TEST_CASE(a_host_that_looks_again_within_a_turn_finds_nobody_who_has_gone) {
    place here;
    socket_pair first_wire, second_wire;
    waiter first;
    std::optional<waiter> second(std::in_place);
    BOOST_TEST(!here.sockets->wait(first, first_wire.mine(), true, false));
    BOOST_TEST(!here.sockets->wait(*second, second_wire.mine(), true, false));
    first.then = [&] {
        here.sockets->close(*second, second_wire.given());
        second.emplace(); // at the same address
        second_wire.write_to_mine();
        socket_pair third_wire;
        BOOST_TEST(!here.sockets->wait(*second, third_wire.mine(), true, false));
        here.context.poll();
        BOOST_TEST(second->times == 0);
        here.sockets->close(*second, third_wire.given());
    };
    here.sockets->tell(first);
    here.turn();
    BOOST_TEST(first.times == 1);
    here.sockets->close(first, first_wire.given());
}

/// Of a program that forks and goes on in both: the child has the parent's set.
BOOST_AUTO_TEST_CASE(a_forked_child_takes_nothing_from_its_parent) {
    place here;
    socket_pair wire;
    waiter who;
    BOOST_TEST(!here.sockets->wait(who, wire.mine(), true, false));
    here.turn();
    const pid_t child = ::fork();
    if (child == 0) {
        here.sockets->close(who, wire.given());
        ::_exit(0);
    }
    int status = -1;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
    wire.write_to_mine();
    here.turn();
    BOOST_TEST(who.times == 1);
    here.sockets->close(who, wire.given());
}

/// As Asio has it for such programs; and the child lets go of all there is.
BOOST_AUTO_TEST_CASE(a_forked_child_that_ends_everything_takes_nothing_either) {
    std::optional<place> here(std::in_place);
    socket_pair wire;
    waiter who;
    BOOST_TEST(!here->sockets->wait(who, wire.mine(), true, false));
    here->turn();
    here->context.notify_fork(boost::asio::io_context::fork_prepare);
    const pid_t child = ::fork();
    if (child == 0) {
        here->context.notify_fork(boost::asio::io_context::fork_child);
        here->sockets->close(who, wire.given());
        here.reset();
        ::_exit(0);
    }
    here->context.notify_fork(boost::asio::io_context::fork_parent);
    int status = -1;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
    wire.write_to_mine();
    here->turn();
    BOOST_TEST(who.times == 1);
    here->sockets->close(who, wire.given());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_waited_for_is_told_and_woken) {
    place here;
    waiter who;
    const error_code why = here.sockets->wait(who, -1, true, false);
    BOOST_TEST((why == boost::system::errc::bad_file_descriptor));
    BOOST_TEST(who.times == 0);
    BOOST_TEST(here.is_quiet());
    BOOST_TEST(who.times == 1);
}

BOOST_AUTO_TEST_CASE(who_waits_or_is_due_at_the_contexts_end_is_dropped) {
    socket_pair wires[2];
    waiter waiting, due;
    {
        place here;
        BOOST_TEST(!here.sockets->wait(waiting, wires[0].mine(), true, false));
        BOOST_TEST(!here.sockets->wait(due, wires[1].mine(), true, false));
        here.sockets->tell(due);
    }
    BOOST_TEST(waiting.drops == 1);
    BOOST_TEST(due.drops == 1);
    BOOST_TEST(waiting.times + due.times == 0);
}

namespace {

/// Holds who waits, until the test says.
struct bench final : parking {
    void park(wait_for, deadline, parked who) override { waits = std::move(who); }
    void cancel() override { std::move(waits).resume(boost::asio::error::operation_aborted); }
    parked waits;
};

struct mark {
    bool& gone;
    ~mark() { gone = true; }
};

task<void> wait_on(bench& here, error_code& told, bool& gone) {
    const mark at_end{gone};
    parked_wait waiting{here, wait_for::readable, deadline::never()};
    const auto why = co_await std::move(waiting);
    told = std::get<error_code>(why);
}

struct one_waiting {
    one_waiting() {
        boost::asio::co_spawn(
            context,
            wait_on(here, told, gone),
            boost::asio::bind_cancellation_slot(stop.slot(), ended)
        );
        context.poll();
    }
    boost::asio::cancellation_signal stop;
    bench here;
    error_code told;
    bool gone = false;
    std::function<void(std::exception_ptr)> ended = [](std::exception_ptr) {};
    boost::asio::io_context context;
};

} // namespace

BOOST_AUTO_TEST_CASE(who_is_parked_is_resumed_with_what_it_is_told) {
    one_waiting one;
    BOOST_REQUIRE(static_cast<bool>(one.here.waits));
    parked moved(std::move(one.here.waits));
    BOOST_TEST(!one.here.waits);
    std::move(moved).resume(boost::asio::error::timed_out);
    one.context.restart();
    one.context.run();
    BOOST_TEST((one.told == boost::asio::error::timed_out));
    BOOST_TEST(one.gone);
}

BOOST_AUTO_TEST_CASE(who_is_parked_and_cancelled_is_told_so) {
    one_waiting one;
    one.stop.emit(boost::asio::cancellation_type::terminal);
    one.context.restart();
    one.context.run();
    BOOST_TEST((one.told == boost::asio::error::operation_aborted));
    BOOST_TEST(one.gone);
}

BOOST_AUTO_TEST_CASE(who_is_dropped_ends_in_a_turn_of_its_own) {
    one_waiting one;
    one.here.waits = parked();
    BOOST_TEST(!one.gone);
    one.context.restart();
    one.context.run();
    BOOST_TEST(one.gone);
    BOOST_TEST(!one.told);
}

BOOST_AUTO_TEST_SUITE_END()
