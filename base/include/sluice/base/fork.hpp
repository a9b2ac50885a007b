// base: open files that a forked child must not share.
#pragma once

namespace sluice {

/// While it lives, a child made by fork() gets `descriptor` as one of /dev/null. A lock of flock or
/// OFD kind belongs to the open file, which a child shares: it would outlive the process that took
/// it. (O_CLOEXEC does the same for children that execute another program.)
/// Made before the lock is taken, destroyed before the descriptor is closed. Registers a handler
/// of pthread_atfork once in a process.
class not_for_children {
  public:
    explicit not_for_children(int descriptor);
    ~not_for_children();
    not_for_children(const not_for_children&) = delete;
    not_for_children& operator=(const not_for_children&) = delete;

  private:
    int descriptor_;
};

} // namespace sluice
