// tools: more threads that run coroutines, each on a context of its own.
#pragma once

#include <sluice/base/task.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace sluice::command {

/// Runs from construction until it is destroyed: what lives on the executors must be gone by then.
class core_threads {
  public:
    explicit core_threads(unsigned number) {
        for (unsigned n = 0; n < number; ++n)
            all_.push_back(std::make_unique<one>());
    }

    std::vector<any_io_executor> executors() {
        std::vector<any_io_executor> each;
        for (const auto& thread : all_)
            each.push_back(thread->context.get_executor());
        return each;
    }

  private:
    struct one {
        boost::asio::io_context context{1};
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy{
            context.get_executor()};
        std::jthread thread{[this] { context.run(); }};
        ~one() { busy.reset(); }
    };
    std::vector<std::unique_ptr<one>> all_;
};

} // namespace sluice::command
