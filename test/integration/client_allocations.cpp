// test: what the client takes from the heap for a request does not grow with its body: counted at
// malloc itself, on the client's own thread.
#include "run_task.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/s3/client.hpp>
#include <sluice/sim/server.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

namespace {

/// Of this thread, while `counting`.
struct heap_use {
    std::size_t calls = 0, bytes = 0, largest = 0;
};
thread_local constinit bool counting = false;
thread_local constinit heap_use used;

void count(std::size_t size) {
    if (!counting) return;
    ++used.calls;
    used.bytes += size;
    used.largest = std::max(used.largest, size);
}

} // namespace

extern "C" {
// The C library's own entries below malloc; operator new ends in these, too.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
    count(size);
    return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) {
    count(items * size);
    return __libc_calloc(items, size);
}
void* realloc(void* old, std::size_t size) {
    count(size);
    return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}
}

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(client_allocations)

constexpr std::uint64_t part_bytes = 8 << 20, few_bytes = 64 << 10;

/// Takes everything and keeps nothing, in memory that is there before.
class window_sink final : public body_sink {
  public:
    explicit window_sink(buffer& window) : window_(window) {}
    result<void> begin(std::uint64_t) override {
        sum = 0;
        return result<void>();
    }
    bytes_span room(std::size_t most) override {
        return window_.span().first(std::min(most, window_.size()));
    }
    result<void> took(std::size_t n) override {
        sum = crc64nvme(window_.view().first(n), sum);
        return result<void>();
    }

    std::uint64_t sum = 0;

  private:
    buffer& window_;
};

enum class way { get = 1, put, upload_part };

struct world {
    world() {
        sim::server_options options;
        options.buckets = {"bucket"};
        options.synthetic_bytes = 4 * part_bytes;
        options.discard_from = few_bytes;
        auto started = sim::server::start(options);
        BOOST_REQUIRE(started.has_value());
        server = std::move(*started);
        client_options how;
        how.where = *parse_endpoint(server->url());
        how.who.access_key = options.access_key;
        how.who.secret_key = options.secret_key;
        how.store_verifies_checksums = true;
        how.able.trailers = true;
        auto made = create_client(context.get_executor(), std::move(how));
        BOOST_REQUIRE(made.has_value());
        client = std::move(*made);
    }
    ~world() { client->close(); }

    task<bool> get(std::uint64_t size) {
        get_request what;
        what.bucket = "bucket";
        what.key = "synthetic";
        what.range = byte_range{0, size};
        if (auto known = sums.find(size); known != sums.end()) {
            what.expected.algorithm = checksum::kind::crc64nvme;
            what.expected.value = known->second;
        }
        window_sink to(window);
        const auto got = co_await client->get(what, to, deadline::never());
        sums[size] = to.sum; // the first reading learns, those that count are verified
        co_return got.has_value();
    }
    task<bool> put(std::uint64_t size) {
        put_request what;
        what.bucket = "bucket";
        what.key = "upload";
        what.compute = checksum::kind::crc64nvme;
        memory_source from(bytes_view(content).first(static_cast<std::size_t>(size)));
        const auto done = co_await client->put(what, from, deadline::never());
        co_return done.has_value();
    }
    task<bool> upload_part(std::uint64_t size) {
        if (upload.empty()) {
            create_upload_request begin;
            begin.bucket = "bucket";
            begin.key = "parts";
            begin.algorithm = checksum::kind::crc64nvme;
            auto opened = co_await client->create_upload(begin, deadline::never());
            if (!opened) co_return false;
            upload = std::move(opened->id);
        }
        upload_part_request what;
        what.bucket = "bucket";
        what.key = "parts";
        what.upload_id = upload;
        what.compute = checksum::kind::crc64nvme;
        memory_source from(bytes_view(content).first(static_cast<std::size_t>(size)));
        const auto done = co_await client->upload_part(what, from, deadline::never());
        co_return done.has_value();
    }
    task<bool> make(way how, std::uint64_t size) {
        if (how == way::get) return get(size);
        return how == way::put ? put(size) : upload_part(size);
    }

    boost::asio::io_context context;
    std::unique_ptr<sim::server> server;
    std::unique_ptr<s3::client> client;
    buffer window{256 << 10};
    byte_vector content = byte_vector(part_bytes, std::byte{7});
    std::map<std::uint64_t, std::uint64_t> sums; ///< CRC64NVME by size
    std::string upload;
};

/// The least of several requests in one run of the loop: what only the first needs, or a moment in
/// which the server was slow, is left out.
task<heap_use> steady_use(world& of, way how, std::uint64_t size) {
    heap_use least;
    for (int n = 0; n < 12; ++n) {
        used = heap_use();
        counting = n > 0;
        auto turn = of.make(how, size);
        const bool good = co_await std::move(turn);
        counting = false;
        BOOST_REQUIRE(good);
        if (n == 1 || (n > 1 && used.calls < least.calls)) least = used;
    }
    co_return least;
}

std::string told(const heap_use& one) {
    return std::to_string(one.calls) + " allocations, " + std::to_string(one.bytes) +
           " bytes, the largest of " + std::to_string(one.largest);
}

/// Allocations of a request, whatever its body: its texts and headers, those of the answer, and
/// the coroutines of the call. None of them is as large as a window.
void takes_at_most(std::size_t calls, way how) {
    constexpr std::size_t bytes = 24 << 10, largest = 4 << 10;
    // A few for waiting, where the server was slow; but not one for each of 25 windows.
    constexpr std::size_t by_chance = 8;
    world one;
    const heap_use small = test::run_task(one.context, steady_use(one, how, few_bytes));
    const heap_use large = test::run_task(one.context, steady_use(one, how, part_bytes));
    BOOST_TEST_MESSAGE("64 KiB: " << told(small));
    BOOST_TEST_MESSAGE("8 MiB: " << told(large));
    BOOST_TEST(small.calls <= calls, told(small));
    BOOST_TEST(
        large.calls <= small.calls + by_chance, told(large) << " instead of " << told(small)
    );
    BOOST_TEST(large.bytes <= bytes, told(large));
    BOOST_TEST(large.largest <= largest, told(large));
}

BOOST_AUTO_TEST_CASE(a_range_takes_nothing_from_the_heap_for_its_bytes) {
    takes_at_most(35, way::get);
}

BOOST_AUTO_TEST_CASE(an_object_put_takes_nothing_from_the_heap_for_its_bytes) {
    takes_at_most(33, way::put);
}

BOOST_AUTO_TEST_CASE(a_part_takes_nothing_from_the_heap_for_its_bytes) {
    takes_at_most(39, way::upload_part);
}

BOOST_AUTO_TEST_SUITE_END()
