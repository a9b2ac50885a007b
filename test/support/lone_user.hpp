// test: a scheduler with one user, to whom all destinations belong.
#pragma once

#include <sluice/engine/scheduler.hpp>

namespace sluice::test {

class lone_user : public scheduler {
  public:
    explicit lone_user(const scheduler_limits& limits) : scheduler(limits), us_(add_user()) {}

    destination_id add_destination(unsigned weight = 1) {
        destination_rules rules;
        rules.weight = weight;
        return scheduler::add_destination(us_, rules);
    }

  private:
    user_id us_;
};

} // namespace sluice::test
