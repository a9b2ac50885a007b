// A forked child that does nothing but live, for tests of what it must not keep.
#pragma once

#include <array>
#include <cstdlib>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::test {

/// Has begun when the constructor returns; ends with the object.
class child_that_waits {
  public:
    child_that_waits() {
        std::array<int, 2> begun{}, over{};
        if (::pipe(begun.data()) != 0 || ::pipe(over.data()) != 0) std::abort();
        child_ = ::fork();
        char byte = 0;
        if (child_ == 0) {
            ::close(over[1]);
            if (::write(begun[1], "!", 1) != 1) ::_exit(1);
            while (::read(over[0], &byte, 1) > 0) {
            }
            ::_exit(0);
        }
        if (child_ < 0 || ::read(begun[0], &byte, 1) != 1) std::abort();
        ::close(begun[0]);
        ::close(begun[1]);
        ::close(over[0]);
        over_ = over[1];
    }
    ~child_that_waits() {
        ::close(over_);
        ::waitpid(child_, nullptr, 0);
    }
    child_that_waits(const child_that_waits&) = delete;
    child_that_waits& operator=(const child_that_waits&) = delete;

    bool lives() const { return ::waitpid(child_, nullptr, WNOHANG) == 0; }

  private:
    pid_t child_ = -1;
    int over_ = -1;
};

} // namespace sluice::test
