// tools: one thread that runs coroutines, and a small pool for calls that block.
#pragma once

#include <sluice/base/task.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <utility>

namespace sluice::command {

class runtime {
  public:
    any_io_executor executor() { return context_.get_executor(); }
    any_io_executor blocking() { return pool_.get_executor(); }

    /// Runs `verb` to its end on this thread and returns its exit status; rethrows what it throws.
    int run(task<int> verb) {
        int status = 1;
        std::exception_ptr thrown;
        auto ended = [&status, &thrown](std::exception_ptr error, int with) {
            thrown = error;
            status = with;
        };
        boost::asio::co_spawn(context_, std::move(verb), ended);
        context_.run();
        pool_.join();
        if (thrown) std::rethrow_exception(thrown);
        return status;
    }

  private:
    boost::asio::io_context context_{1};
    boost::asio::thread_pool pool_{2};
};

} // namespace sluice::command
