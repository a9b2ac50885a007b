// embed: a program of somebody else's that has transfers run inside it.
//
// It has an io_context of its own, on which it also answers HTTP and beats a timer a thousand times
// a second; it brings its store of streams, its logger and its clock, pauses a transfer from
// another thread, and shuts the engine down in the middle of one. Each step is told as a line of
// JSON.
#include "memory_streams.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/engine.hpp>
#include <sluice/stream/event.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>

namespace asio = boost::asio;
using namespace sluice;

namespace host {

struct given {
    std::string endpoint, bucket, folder;
    unsigned threads = 1;
    unsigned long events = 200'000;
    std::size_t value_bytes = 1000;
    unsigned rounds = 0; ///< of export and import at full speed, for the metronome
};

/// Lines of the library, as the program keeps its own.
class counting_logger final : public logger {
  public:
    void write(log_level level, std::string_view, const log_field*, std::size_t) override {
        (level < log_level::warning ? quiet : loud).fetch_add(1);
    }
    std::atomic<unsigned> quiet{0}, loud{0};
};

/// Ten minutes ahead of the machine, as one may be whose time comes from elsewhere.
std::chrono::system_clock::time_point clock_ahead() {
    return std::chrono::system_clock::now() + std::chrono::minutes(10);
}

/// Beats every millisecond, and notes how late each beat is.
class metronome {
  public:
    explicit metronome(any_io_executor on) : timer_(std::move(on)) {}

    void start() {
        timer_.expires_after(beat);
        next();
    }
    void stop() {
        asio::post(timer_.get_executor(), [this] {
            stopped_ = true;
            timer_.cancel();
        });
    }
    /// "p50 …, p99.9 …" in µs, of the beats since it was asked last.
    std::string lateness() {
        std::vector<std::int64_t> late;
        {
            const std::lock_guard<std::mutex> hold(guard_);
            late.swap(late_);
        }
        if (late.empty()) return "\"beats\":0";
        std::sort(late.begin(), late.end());
        const auto at = [&late](double share) {
            const auto n = static_cast<std::size_t>(share * static_cast<double>(late.size()));
            return std::to_string(late[std::min(n, late.size() - 1)]);
        };
        return "\"beats\":" + std::to_string(late.size()) + ",\"p50_us\":" + at(0.5) +
               ",\"p99_us\":" + at(0.99) + ",\"p99.9_us\":" + at(0.999) + ",\"max_us\":" + at(1);
    }

  private:
    static constexpr std::chrono::milliseconds beat{1};

    void next() {
        timer_.async_wait([this](error_code) {
            if (stopped_) return;
            const auto due = timer_.expiry(), now = asio::steady_timer::clock_type::now();
            {
                const std::lock_guard<std::mutex> hold(guard_);
                late_.push_back(
                    std::chrono::duration_cast<std::chrono::microseconds>(now - due).count()
                );
            }
            // Beats that were missed altogether are not made up for.
            timer_.expires_at(std::max(due + beat, now));
            next();
        });
    }

    asio::steady_timer timer_;
    bool stopped_ = false;
    std::mutex guard_;
    std::vector<std::int64_t> late_;
};

/// What the server shows of: set by whoever starts a transfer.
struct shown {
    std::mutex guard;
    std::optional<transfer> now;
    std::atomic<unsigned> asked{0};

    std::string progress() {
        asked.fetch_add(1);
        const std::lock_guard<std::mutex> hold(guard);
        return now ? to_json(now->snapshot()) : "{}";
    }
    void set(const transfer& what) {
        const std::lock_guard<std::mutex> hold(guard);
        now = what;
    }
};

task<void> answer(asio::ip::tcp::socket socket, shown& what) {
    std::string request;
    co_await asio::async_read_until(
        socket, asio::dynamic_buffer(request, 4096), "\r\n\r\n", use_awaitable
    );
    const std::string body = what.progress() + "\n";
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    co_await asio::async_write(socket, asio::buffer(answer), use_awaitable);
}

task<void> serve(asio::ip::tcp::acceptor& acceptor, shown& what) {
    while (acceptor.is_open()) {
        error_code failed;
        auto socket = co_await acceptor.async_accept(asio::redirect_error(use_awaitable, failed));
        if (failed) co_return;
        const auto on = acceptor.get_executor();
        asio::co_spawn(on, answer(std::move(socket), what), asio::detached);
    }
}

struct program {
    given words;
    any_io_executor on; ///< the engine's
    memory_streams& streams;
    counting_logger& log;
    metronome& beats;
    shown& seen;

    engine_options options() {
        engine_options with;
        with.data_dir = words.folder;
        with.state_file = words.folder + "/state";
        with.log = &log;
        with.clock = &clock_ahead;
        with.streams = [this](const stream_address& address) {
            const std::shared_ptr<stream_store> none, ours(std::shared_ptr<void>(), &streams);
            return result<std::shared_ptr<stream_store>>(address.scheme == "memory" ? ours : none);
        };
        return with;
    }
    export_spec exporting(const std::string& prefix) const {
        export_spec what;
        what.from = "memory:orders";
        what.to.push_back("s3://" + words.bucket + "/" + prefix);
        what.object_bytes = 16 << 20;
        what.part_size = 5 << 20;
        what.s3.endpoint_url = words.endpoint;
        return what;
    }
};

/// For what is to be met in the middle.
constexpr double bytes_per_second_when_slow = 32e6;

void tell(const char* step, const std::string& more) {
    std::printf("{\"step\":\"%s\"%s%s}\n", step, more.empty() ? "" : ",", more.c_str());
    std::fflush(stdout);
}

std::string outcome_of(const report& end) {
    const std::string why = end.outcome ? describe(*end.outcome) : "";
    return "\"state\":\"" + end.final.state + "\",\"outcome\":\"" + why + "\"";
}

/// Whether it could be started; says why not.
bool is_started(const boost::system::result<transfer, engine::start_failure>& started) {
    if (!started) std::fprintf(stderr, "%s\n", describe(started.error().why).c_str());
    return started.has_value();
}

/// From a thread that has nothing to do with the engine, when some of it has arrived.
void pause_when_moving(const transfer& moving) {
    transfer mine = moving;
    while (mine.snapshot().targets.empty() || mine.snapshot().targets.front().bytes < (8 << 20)) {
        if (mine.snapshot().state == "completed") return;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    mine.pause();
}

task<bool> export_with_a_pause(program& with, engine& transfers) {
    export_spec slow = with.exporting("one");
    slow.rules.bytes_per_second = bytes_per_second_when_slow;
    auto first = co_await transfers.start(std::move(slow));
    if (!is_started(first)) co_return false;
    with.seen.set(*first);
    std::thread other([&first] { pause_when_moving(*first); });
    const report paused = co_await first->wait();
    other.join();
    tell("paused", outcome_of(paused));
    with.beats.lateness();
    auto second = co_await transfers.start(with.exporting("one"));
    if (!is_started(second)) co_return false;
    with.seen.set(*second);
    const report end = co_await second->wait();
    tell("exported", outcome_of(end) + "," + with.beats.lateness());
    co_return !end.outcome;
}

task<bool> import_it(program& with, engine& transfers) {
    import_spec what;
    what.from = "s3://" + with.words.bucket + "/one/orders";
    what.to = "memory:back";
    what.s3.endpoint_url = with.words.endpoint;
    auto started = co_await transfers.start(what);
    if (!is_started(started)) co_return false;
    with.seen.set(*started);
    const report end = co_await started->wait();
    tell("imported", outcome_of(end) + "," + with.beats.lateness());
    co_return !end.outcome;
}

/// Shut down while it exports; another engine continues.
task<bool> shut_down_in_the_middle(program& with) {
    {
        engine transfers(with.on, with.options());
        export_spec slow = with.exporting("two");
        slow.rules.bytes_per_second = bytes_per_second_when_slow;
        auto started = co_await transfers.start(std::move(slow));
        if (!is_started(started)) co_return false;
        while (started->snapshot().targets.empty() || started->snapshot().targets.front().bytes == 0
        )
            co_await sleep_for(std::chrono::milliseconds(1));
        co_await transfers.shutdown();
        const report end = co_await started->wait();
        tell("shut_down", outcome_of(end));
    }
    engine transfers(with.on, with.options());
    auto again = co_await transfers.start(with.exporting("two"));
    if (!is_started(again)) co_return false;
    const report end = co_await again->wait();
    tell("continued", outcome_of(end));
    co_return !end.outcome;
}

/// The same events there and back, again and again: how late beats are meanwhile.
task<bool> measure(program& with) {
    engine transfers(with.on, with.options());
    const auto begun = std::chrono::steady_clock::now();
    std::string exporting, importing;
    bool well = true;
    for (int imports = 0; imports < 2 && well; ++imports) {
        with.beats.lateness();
        for (unsigned n = 0; n < with.words.rounds && well; ++n) {
            import_spec back;
            back.from = "s3://" + with.words.bucket + "/round-0/orders";
            back.name = "round-" + std::to_string(n);
            back.to = "memory:" + back.name;
            back.s3.endpoint_url = with.words.endpoint;
            boost::system::result<transfer, engine::start_failure> started =
                engine::start_failure();
            if (imports == 0) {
                started = co_await transfers.start(with.exporting(back.name));
            } else {
                with.streams.reserve(back.name, back.name, 2).keeps = false;
                started = co_await transfers.start(back);
            }
            if (!is_started(started)) co_return false;
            const report end = co_await started->wait();
            well = !end.outcome;
            if (imports > 0) with.streams.remove(back.name);
        }
        (imports == 0 ? exporting : importing) = with.beats.lateness();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    tell(
        "at_full_speed",
        "\"export\":{" + exporting + "},\"import\":{" + importing +
            "},\"seconds\":" + std::to_string(took.count())
    );
    co_return well;
}

task<bool> run(program& with) {
    memory_stream& orders = with.streams.add("orders", 2);
    std::mt19937_64 random(7);
    std::string value(with.words.value_bytes, '\0');
    for (unsigned long n = 0; n < with.words.events; ++n) {
        for (std::size_t at = 0; at + 8 <= value.size(); at += 8) {
            const std::uint64_t word = random();
            std::copy_n(reinterpret_cast<const char*>(&word), 8, value.data() + at);
        }
        append_event(orders.partitions[n % 2], static_cast<std::uint32_t>(n % 2), value);
    }
    append_event(orders.partitions[1], 1, std::string(max_fragment_bytes, 'x'));
    co_await sleep_for(std::chrono::milliseconds(10)); // beats that were late because of that
    with.beats.lateness();
    co_await sleep_for(std::chrono::milliseconds(500));
    tell("idle", with.beats.lateness());
    {
        engine transfers(with.on, with.options());
        const bool exported = co_await export_with_a_pause(with, transfers);
        if (!exported) co_return false;
        const bool imported = co_await import_it(with, transfers);
        if (!imported) co_return false;
    }
    const memory_stream* back = with.streams.find("back");
    bool equal = back && back->partitions.size() == orders.partitions.size();
    for (std::size_t n = 0; equal && n < back->partitions.size(); ++n)
        equal = values_of(back->partitions[n]) == values_of(orders.partitions[n]);
    tell("compared", std::string("\"equal\":") + (equal ? "true" : "false"));
    bool continued = co_await shut_down_in_the_middle(with);
    if (continued && with.words.rounds > 0) continued = co_await measure(with);
    const std::string asked = "\"asked\":" + std::to_string(with.seen.asked.load());
    tell("ended", asked + ",\"warnings\":" + std::to_string(with.log.loud.load()));
    co_return equal&& continued;
}

int run_threads(const given& words) {
    asio::io_context context(static_cast<int>(words.threads));
    // A strand runs all that is ready on it at one go: where there is but one thread, none is
    // better.
    any_io_executor engine_on = context.get_executor();
    if (words.threads > 1) engine_on = asio::make_strand(context);
    memory_streams streams;
    counting_logger log;
    shown seen;
    metronome beats(asio::make_strand(context));
    asio::ip::tcp::acceptor acceptor(
        asio::make_strand(context), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)
    );
    tell("listening", "\"port\":" + std::to_string(acceptor.local_endpoint().port()));
    asio::co_spawn(acceptor.get_executor(), serve(acceptor, seen), asio::detached);
    beats.start();
    program with{words, engine_on, streams, log, beats, seen};
    int status = 1;
    const auto ended = [&](std::exception_ptr thrown, bool well) {
        status = !thrown && well ? 0 : 1;
        beats.stop();
        asio::post(acceptor.get_executor(), [&acceptor] { acceptor.close(); });
    };
    asio::co_spawn(engine_on, run(with), ended);
    std::vector<std::thread> others;
    for (unsigned n = 1; n < words.threads; ++n)
        others.emplace_back([&context] { context.run(); });
    context.run();
    for (std::thread& each : others)
        each.join();
    return status;
}

} // namespace host

/// usage: embed ENDPOINT BUCKET FOLDER [THREADS [EVENTS [VALUE-BYTES [ROUNDS]]]]
int main(int count, char** words) {
    if (count < 4) return 2;
    host::given given;
    given.endpoint = words[1];
    given.bucket = words[2];
    given.folder = words[3];
    if (count > 4) given.threads = static_cast<unsigned>(std::atoi(words[4]));
    if (count > 5) given.events = std::strtoul(words[5], nullptr, 10);
    if (count > 6) given.value_bytes = std::strtoul(words[6], nullptr, 10);
    if (count > 7) given.rounds = static_cast<unsigned>(std::atoi(words[7]));
    return host::run_threads(given);
}
