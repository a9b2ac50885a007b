// Tests of s3client/src/io/closings.cpp: files that are closed together, here those of pipes.
#include "io/closings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(closings)

namespace {

std::vector<int> some_files(std::size_t count) {
    std::vector<int> files(count);
    BOOST_REQUIRE(count >= 2 && ::pipe2(files.data(), O_CLOEXEC) == 0);
    for (std::size_t n = 2; n < count; ++n)
        files[n] = ::dup(files[n % 2]);
    return files;
}

std::size_t open_of(const std::vector<int>& files) {
    return static_cast<std::size_t>(std::count_if(files.begin(), files.end(), [](int file) {
        return ::fcntl(file, F_GETFD) >= 0;
    }));
}

void add_all(s3::closings& to, const std::vector<int>& files) {
    for (const int file : files)
        to.add(file, -1, false);
}

} // namespace

BOOST_AUTO_TEST_CASE(without_another_thread_all_are_closed) {
    s3::closings here({});
    for (const std::size_t count : {2u, 63u, 64u, 65u, 300u}) {
        const auto files = some_files(count);
        add_all(here, files);
        here.finish();
        BOOST_TEST(open_of(files) == 0u);
    }
}

/// Closing it takes until the other end has read, which it does after a while.
struct slow_to_close {
    slow_to_close() {
        boost::asio::ip::tcp::acceptor door(
            context, {boost::asio::ip::make_address("127.0.0.1"), 0}
        );
        boost::asio::ip::tcp::socket mine(context);
        mine.connect(door.local_endpoint());
        door.accept(other);
        mine.set_option(boost::asio::socket_base::linger(true, 10));
        mine.non_blocking(true);
        const std::string much(1 << 20, 'x');
        boost::system::error_code full;
        while (!full)
            mine.write_some(boost::asio::buffer(much), full);
        file = mine.release();
        reader = std::thread([this] { read_all(); });
    }
    ~slow_to_close() { reader.join(); }
    void read_all() {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::string taken(1 << 20, ' ');
        boost::system::error_code end;
        while (!end)
            other.read_some(boost::asio::buffer(taken), end);
    }
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket other{context};
    int file = -1;
    std::thread reader;
};

BOOST_AUTO_TEST_CASE(when_it_is_finished_the_other_thread_has_closed_its_share) {
    boost::asio::thread_pool other(1);
    s3::closings here(other.get_executor());
    const slow_to_close slow;
    const auto files = some_files(63);
    here.add(slow.file, -1, false);
    add_all(here, files);
    while (open_of({slow.file}) > 0)
        std::this_thread::yield(); // the number is free before the close ends
    here.finish();
    BOOST_TEST(open_of(files) == 0u);
}

BOOST_AUTO_TEST_CASE(the_other_thread_takes_a_share) {
    boost::asio::thread_pool other(1);
    s3::closings here(other.get_executor());
    const auto files = some_files(65);
    add_all(here, files);
    other.join();
    BOOST_TEST(open_of(files) == 1u); // of a batch of its own, which is not full
    here.finish();
    BOOST_TEST(open_of(files) == 0u);
}

BOOST_AUTO_TEST_CASE(an_executor_that_does_not_run_is_not_waited_for) {
    boost::asio::io_context never;
    std::vector<int> files;
    {
        s3::closings here(never.get_executor());
        files = some_files(200);
        add_all(here, files);
    }
    BOOST_TEST(open_of(files) == 0u);
    BOOST_TEST(never.poll() == 1u); // it finds nothing
}

BOOST_AUTO_TEST_CASE(a_set_that_knows_a_file_is_told) {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    auto files = some_files(2);
    const int kept = ::dup(files[0]); // for as long as it is open the set would tell
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    BOOST_REQUIRE(::epoll_ctl(set, EPOLL_CTL_ADD, files[0], &wanted) == 0);
    BOOST_REQUIRE(::write(files[1], "x", 1) == 1);
    BOOST_REQUIRE(::epoll_wait(set, &wanted, 1, 0) == 1);
    s3::closings here({});
    here.add(files[0], set, true);
    here.finish();
    BOOST_TEST(::epoll_wait(set, &wanted, 1, 0) == 0);
    for (const int file : {kept, set, files[1]})
        ::close(file);
}

BOOST_AUTO_TEST_SUITE_END()
