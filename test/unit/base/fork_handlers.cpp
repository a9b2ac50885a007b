// What a forked child does not share with its parent.
#include "child_that_waits.hpp"

#include <sluice/base/fork.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/file.h>

using namespace sluice;
using namespace sluice::test;

namespace {

/// A file of its own, removed at once.
int open_a_file(const std::string& name) {
    return ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/// Whether the lock of a file is free once its owner has closed it and a child lives on.
bool free_after_a_fork(bool guarded) {
    std::string folder = "/tmp/sluice-fork-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const std::string name = folder + "/file";
    const int owner = open_a_file(name);
    BOOST_REQUIRE(::flock(owner, LOCK_EX | LOCK_NB) == 0);
    bool free = false;
    {
        std::optional<not_for_children> guard;
        if (guarded) guard.emplace(owner);
        const child_that_waits child;
        guard.reset();
        ::close(owner);
        const int other = open_a_file(name);
        free = ::flock(other, LOCK_EX | LOCK_NB) == 0;
        ::close(other);
        BOOST_TEST(child.lives());
    }
    ::unlink(name.c_str());
    ::rmdir(folder.c_str());
    return free;
}

} // namespace

BOOST_AUTO_TEST_SUITE(fork_handlers)

BOOST_AUTO_TEST_CASE(a_lock_is_free_when_its_owner_has_gone_though_a_child_lives) {
    BOOST_TEST(free_after_a_fork(true));
    BOOST_TEST(!free_after_a_fork(false)); // so it would be otherwise
}

BOOST_AUTO_TEST_SUITE_END()
