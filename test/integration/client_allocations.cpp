// test: on a connection that was used before, the client takes nothing from the heap for a request:
// counted at malloc itself, on the client's own thread.
#include "../unit/s3/faults/made_certificates.hpp"
#include "run_task.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/s3/client.hpp>
#include <sluice/sim/server.hpp>

#include <boost/test/unit_test.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

/// Of this thread, while `counting`.
struct heap_use {
    std::size_t calls = 0, bytes = 0, largest = 0;
};
thread_local constinit bool counting = false;
thread_local constinit heap_use used, used_by_openssl;

void count(std::size_t size, heap_use& by = used) {
    if (!counting) return;
    ++by.calls;
    by.bytes += size;
    by.largest = std::max(by.largest, size);
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

namespace {

/// OpenSSL's own allocations are counted apart. It takes these functions only before its first one.
const bool told_apart = CRYPTO_set_mem_functions(
                            [](std::size_t size, const char*, int) {
                                count(size, used_by_openssl);
                                return __libc_malloc(size);
                            },
                            [](void* old, std::size_t size, const char*, int) {
                                count(size, used_by_openssl);
                                return __libc_realloc(old, size);
                            },
                            [](void* old, const char*, int) { std::free(old); }
                        ) == 1;

} // namespace

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

/// Certificate and key of a server, in files.
struct certified {
    const s3::faults::identity who = s3::faults::make_identity({}, nullptr);
    const s3::faults::written_file certificate{s3::faults::pem_of(*who.certificate)};
    const s3::faults::written_file key{s3::faults::pem_of(*who.key)};
};

struct world {
    const std::string bucket = "a-bucket-with-a-long-name";

    explicit world(const certified* tls = nullptr) {
        sim::server_options options;
        if (tls != nullptr) options.tls_certificate = tls->certificate.path;
        if (tls != nullptr) options.tls_key = tls->key.path;
        options.buckets = {bucket};
        options.synthetic_bytes = 4 * part_bytes;
        options.discard_from = few_bytes;
        auto started = sim::server::start(options);
        BOOST_REQUIRE(started.has_value());
        server = std::move(*started);
        client_options how;
        how.where = *parse_endpoint(server->url());
        how.where.verify_certificate = false;
        how.who.access_key = options.access_key;
        how.who.secret_key = options.secret_key;
        how.store_verifies_checksums = true;
        how.able.trailers = true;
        auto made = create_client(context.get_executor(), std::move(how));
        BOOST_REQUIRE(made.has_value());
        client = std::move(*made);
    }
    ~world() { client->close(); }

    /// What the caller keeps: his requests, and the upload that parts go to.
    task<bool> prepare(std::uint64_t size) {
        get.bucket = put.bucket = part.bucket = bucket;
        get.key = "synthetic";
        get.range = byte_range{0, size};
        put.key = "a/key/that/is/longer/than/a/string/has/room/for/within/itself";
        part.key = put.key;
        put.compute = part.compute = checksum::kind::crc64nvme;
        create_upload_request begin;
        begin.bucket = bucket;
        begin.key = part.key;
        begin.algorithm = checksum::kind::crc64nvme;
        auto opened = co_await client->create_upload(begin, deadline::never());
        if (!opened) co_return false;
        part.upload_id = std::move(opened->id);
        co_return true;
    }

    boost::asio::io_context context;
    std::unique_ptr<sim::server> server;
    std::unique_ptr<s3::client> client;
    buffer window{256 << 10};
    byte_vector content = byte_vector(part_bytes, std::byte{7});
    get_request get;
    put_request put;
    upload_part_request part;
    std::size_t openssl_calls = 0; ///< meanwhile
};

/// The least of several requests in one run of the loop: what only the first needs is left out. No
/// coroutine of the caller begins or ends while it counts.
task<heap_use> steady_use(world& of, way how, std::uint64_t size) {
    const bool ready = co_await of.prepare(size);
    BOOST_REQUIRE(ready);
    heap_use least;
    for (int n = 0; n < 12; ++n) {
        window_sink to(of.window);
        memory_source from(bytes_view(of.content).first(static_cast<std::size_t>(size)));
        bool good = false;
        used = used_by_openssl = heap_use();
        counting = n > 0;
        if (how == way::get) {
            const auto got = co_await of.client->get(of.get, to, deadline::never());
            good = got.has_value();
        } else if (how == way::put) {
            const auto done = co_await of.client->put(of.put, from, deadline::never());
            good = done.has_value();
        } else {
            const auto done = co_await of.client->upload_part(of.part, from, deadline::never());
            good = done.has_value();
        }
        counting = false;
        BOOST_REQUIRE(good);
        // The first reading learns, those that count are verified.
        of.get.expected.algorithm = checksum::kind::crc64nvme;
        of.get.expected.value = to.sum;
        if (n == 1 || (n > 1 && used.calls < least.calls)) least = used;
        if (n > 0) of.openssl_calls += used_by_openssl.calls;
    }
    of.get.expected = checksum();
    co_return least;
}

std::string told(const heap_use& one) {
    return std::to_string(one.calls) + " allocations, " + std::to_string(one.bytes) +
           " bytes, the largest of " + std::to_string(one.largest);
}

/// Whatever the size of its body.
void takes_nothing(way how, const certified* tls = nullptr) {
    world one(tls);
    const heap_use small = test::run_task(one.context, steady_use(one, how, few_bytes));
    BOOST_TEST(small.calls == 0u, told(small));
    const heap_use large = test::run_task(one.context, steady_use(one, how, part_bytes));
    BOOST_TEST(large.calls == 0u, told(large));
    // Over TLS: for its records, and that shows that its own are told apart.
    BOOST_TEST((one.openssl_calls > 0) == (tls != nullptr), one.openssl_calls << " by OpenSSL");
}

BOOST_AUTO_TEST_CASE(a_range_takes_nothing_from_the_heap) {
    takes_nothing(way::get);
}

BOOST_AUTO_TEST_CASE(an_object_put_takes_nothing_from_the_heap) {
    takes_nothing(way::put);
}

BOOST_AUTO_TEST_CASE(a_part_takes_nothing_from_the_heap) {
    takes_nothing(way::upload_part);
}

BOOST_AUTO_TEST_CASE(over_tls_only_openssl_takes_something_from_the_heap) {
    BOOST_TEST_REQUIRE(told_apart);
    const certified server;
    for (const way how : {way::get, way::put, way::upload_part})
        BOOST_TEST_CONTEXT("way " << static_cast<int>(how))
    takes_nothing(how, &server);
}

BOOST_AUTO_TEST_SUITE_END()
