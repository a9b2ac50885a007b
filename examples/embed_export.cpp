// An export inside a program of one's own, on its own io_context, and how it ended.
#include <sluice/base/sleep.hpp>
#include <sluice/engine.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>

using namespace sluice;

task<int> run(engine& transfers, export_spec what) {
    auto started = co_await transfers.start(std::move(what));
    if (!started) {
        std::fprintf(stderr, "%s\n", describe(started.error().why).c_str());
        co_return 1;
    }
    transfer moving = *started; // copies share it; pause and snapshot from any thread
    const report end = co_await moving.wait();
    std::printf("%s\n", to_json(end.final).c_str());
    if (!end.outcome) co_return 0;
    std::fprintf(stderr, "%s\n", describe(*end.outcome).c_str());
    co_return end.outcome->code == engine_errc::paused ? 0 : 1; // the same again continues
}

/// usage: embed_export DATA-FOLDER STATE-FILE STREAM s3://BUCKET/PREFIX
int main(int count, char** words) {
    if (count != 5) return 2;
    boost::asio::io_context context(1); // threads of your own: give the engine a strand
    engine_options options;
    options.data_dir = words[1];
    options.state_file = words[2];
    engine transfers(context.get_executor(), options);
    export_spec what;
    what.from = words[3];
    what.to.push_back(words[4]);
    int status = 1;
    boost::asio::co_spawn(context, run(transfers, what), [&status](std::exception_ptr, int ended) {
        status = ended;
    });
    context.run();
    return status;
}
