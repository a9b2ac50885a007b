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
    result<void> begin(std::uint64_t) override { return result<void>(); }
    bytes_span room(std::size_t most) override {
        return window_.span().first(std::min(most, window_.size()));
    }
    result<void> took(std::size_t) override { return result<void>(); }

  private:
    buffer& window_;
};

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
        what.expected.algorithm = checksum::kind::crc64nvme;
        what.expected.value = sum_of(size);
        window_sink to(window);
        const auto got = co_await client->get(what, to, deadline::never());
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
    /// As the first reading of that range gave it.
    std::uint64_t sum_of(std::uint64_t size) { return size == part_bytes ? large_sum : small_sum; }

    boost::asio::io_context context;
    std::unique_ptr<sim::server> server;
    std::unique_ptr<s3::client> client;
    buffer window{256 << 10};
    byte_vector content = byte_vector(part_bytes, std::byte{7});
    std::uint64_t large_sum = 0, small_sum = 0;
};

/// The least of several requests in one run of the loop: what only the first needs, or a moment in
/// which the server was slow, is left out.
task<heap_use> steady_use(world& of, bool upload, std::uint64_t size) {
    heap_use least;
    for (int n = 0; n < 12; ++n) {
        used = heap_use();
        counting = true;
        auto turn = upload ? of.put(size) : of.get(size);
        const bool good = co_await std::move(turn);
        counting = false;
        BOOST_REQUIRE(good);
        if (n == 0 || used.calls < least.calls) least = used;
    }
    co_return least;
}

void tell(const char* what, const heap_use& one) {
    BOOST_TEST_MESSAGE(
        what << ": " << one.calls << " allocations, " << one.bytes << " bytes, largest "
             << one.largest
    );
}

/// Everything of a request that is not its body fits into this.
constexpr std::size_t most_bytes = 24 << 10, most_calls = 140;

void compare(world& of, bool upload) {
    const heap_use small = test::run_task(of.context, steady_use(of, upload, few_bytes));
    const heap_use large = test::run_task(of.context, steady_use(of, upload, part_bytes));
    tell("64 KiB", small);
    tell("8 MiB", large);
    // A hundred times the body: not one allocation more.
    BOOST_TEST(large.calls <= small.calls);
    BOOST_TEST(large.bytes <= small.bytes + 64); // the numbers in its head are longer
    BOOST_TEST(large.calls <= most_calls);
    BOOST_TEST(large.bytes <= most_bytes);
}

BOOST_AUTO_TEST_CASE(a_download_takes_as_little_for_eight_mebibytes_as_for_a_few) {
    world one;
    // Unverified first: the sums are what the second reading must have.
    for (const std::uint64_t size : {few_bytes, part_bytes}) {
        get_request what;
        what.bucket = "bucket";
        what.key = "synthetic";
        what.range = byte_range{0, size};
        memory_sink sink(part_bytes);
        auto got = test::run_task(one.context, one.client->get(what, sink, deadline::never()));
        BOOST_REQUIRE(got.has_value());
        (size == part_bytes ? one.large_sum : one.small_sum) = crc64nvme(sink.bytes());
    }
    compare(one, false);
}

BOOST_AUTO_TEST_CASE(an_upload_takes_as_little_for_eight_mebibytes_as_for_a_few) {
    world one;
    compare(one, true);
}

BOOST_AUTO_TEST_SUITE_END()
