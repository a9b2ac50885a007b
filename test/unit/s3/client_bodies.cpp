// Tests of s3client/src/io/client_body.cpp, framed_body.cpp and summing_sink.hpp: how bodies are
// protected on their way, against servers by script.
#include "core/checksum_headers.hpp"
#include "core/running_checksum.hpp"
#include "http_texts.hpp"
#include "io/client_impl.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;
using kind = checksum::kind;

BOOST_AUTO_TEST_SUITE(client_bodies)

const std::string stored = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n";
const std::string busy = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n";
constexpr std::array every_kind = {
    kind::crc64nvme, kind::crc32c, kind::crc32, kind::sha256, kind::md5};

std::string sum_text(kind algorithm, const std::string& data) {
    running_checksum running(algorithm);
    running.update(as_bytes(data));
    return encode_checksum(running.finish());
}

/// Hands out its bytes in odd pieces; may end before the size that it tells.
class odd_source final : public body_source {
  public:
    explicit odd_source(std::string text, std::size_t missing = 0)
        : text_(std::move(text)), missing_(missing) {}
    std::uint64_t size() const override { return text_.size() + missing_; }
    task<result<bytes_view>> next(std::size_t most) override {
        const std::size_t n = std::min({most, text_.size() - at_, std::size_t{1} + at_ % 7919});
        at_ += n;
        if (!way_) ++nowhere;
        co_return as_bytes(text_).subspan(at_ - n, n);
    }
    void rewind() override {
        at_ = 0;
        ++rewinds;
    }
    void leaves_by(const outlet* way) override {
        if (way) ++leavings;
        way_ = way;
    }
    bool leaves() const { return way_ != nullptr; }
    unsigned rewinds = 0;
    unsigned leavings = 0, nowhere = 0; ///< pieces asked for while it left by nothing

  private:
    std::string text_;
    std::size_t missing_, at_ = 0;
    const outlet* way_ = nullptr;
};

client_options options_of(bool anonymous, const capabilities& able) {
    client_options options;
    options.where = *parse_endpoint("http://h:9000");
    options.who = {"AKIAIOSFODNN7EXAMPLE", "secret", "", anonymous};
    options.able = able;
    options.limits.retries.transient_base = options.limits.retries.throttle_base = 0ms;
    return options;
}

struct store {
    store(std::vector<std::string> answers, client_options options)
        : client(
              context.get_executor(),
              std::move(options),
              std::make_unique<scripted_network>(servers)
          ) {
        servers.resize(1);
        for (std::string& each : answers)
            servers[0].exchanges.emplace_back(std::move(each));
    }
    result<put_receipt> put(body_source& from, kind compute) {
        put_request what;
        what.bucket = "b";
        what.key = "k";
        what.compute = compute;
        return test::run_task(context, client.put(what, from, deadline::never()));
    }
    result<object_head> get(body_sink& to, get_request what = get_request()) {
        what.bucket = "b";
        what.key = "k";
        return test::run_task(context, client.get(what, to, deadline::never()));
    }
    const std::string& request(std::size_t n = 0) { return servers[0].requests.at(n); }

    boost::asio::io_context context;
    std::deque<scripted_server> servers;
    client_impl client;
};

BOOST_AUTO_TEST_CASE(a_body_knows_what_it_leaves_by_while_it_leaves) {
    capabilities framed;
    framed.trailers = true;
    for (const capabilities& able : {capabilities(), framed})
        for (const std::size_t missing : {0, 1}) {
            store one({busy, stored}, options_of(true, able));
            odd_source body(std::string(100'000, 'x'), missing);
            BOOST_TEST(one.put(body, kind::crc64nvme).has_value() == (missing == 0));
            BOOST_TEST(!body.leaves());
            BOOST_TEST(body.leavings == (missing == 0 ? 2u : 1u));
            // Without a frame the sum precedes the body: a pass before it leaves.
            if (able.trailers) BOOST_TEST(body.nowhere == 0u);
        }
}

std::string body_in(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

/// The data inside a frame, each piece and the trailer checked for their shape.
struct unframed {
    std::string data, trailer;
    std::vector<std::string> signatures;
};

unframed open_frame(std::string text) {
    unframed open;
    while (true) {
        const auto end = text.find("\r\n");
        BOOST_REQUIRE(end != std::string::npos);
        const std::string head = text.substr(0, end);
        const std::size_t size = std::stoul(head, nullptr, 16);
        if (const auto at = head.find(";chunk-signature="); at != std::string::npos)
            open.signatures.push_back(head.substr(at + 17));
        text.erase(0, end + 2);
        if (size == 0) break;
        open.data += text.substr(0, size);
        BOOST_REQUIRE(text.substr(size, 2) == "\r\n");
        text.erase(0, size + 2);
    }
    open.trailer = text;
    return open;
}

const std::string large_text = [] {
    std::string text;
    for (unsigned i = 0; text.size() < 200'000; i = i * 1'103'515'245 + 12'345)
        text += static_cast<char>(i >> 16);
    return text;
}();

BOOST_AUTO_TEST_CASE(a_computed_checksum_goes_ahead_where_the_store_takes_no_trailer) {
    for (const kind each : every_kind) {
        store one({busy, stored}, options_of(true, {}));
        odd_source source(large_text);
        const auto receipt = one.put(source, each);
        BOOST_REQUIRE(receipt.has_value());
        for (const std::size_t n : {0, 1}) {
            BOOST_TEST(
                header_in(one.request(n), std::string(checksum_header(each))) ==
                sum_text(each, large_text)
            );
            BOOST_TEST((body_in(one.request(n)) == large_text));
        }
        BOOST_TEST(encode_checksum(receipt->sum) == sum_text(each, large_text));
        BOOST_TEST(source.rewinds == 2u, "after reading ahead, and before the second try");
    }
}

BOOST_AUTO_TEST_CASE(a_computed_checksum_follows_the_body_where_the_store_takes_trailers) {
    for (const kind each : {kind::crc64nvme, kind::crc32c, kind::crc32, kind::sha256}) {
        store one({busy, stored}, options_of(true, {true, false, true, true}));
        odd_source source(large_text);
        const auto receipt = one.put(source, each);
        BOOST_REQUIRE(receipt.has_value());
        const std::string name(checksum_header(each));
        for (const std::size_t n : {0, 1}) {
            const std::string& request = one.request(n);
            BOOST_TEST(header_in(request, name) == "");
            BOOST_TEST(header_in(request, "x-amz-trailer") == name);
            BOOST_TEST(header_in(request, "content-encoding") == "aws-chunked");
            BOOST_TEST(header_in(request, "x-amz-decoded-content-length") == "200000");
            BOOST_TEST(
                header_in(request, "x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
            );
            const unframed open = open_frame(body_in(request));
            BOOST_TEST((open.data == large_text));
            BOOST_TEST(open.trailer == name + ":" + sum_text(each, large_text) + "\r\n\r\n");
        }
        BOOST_TEST(source.rewinds == 1u, "the body is read once a try");
        BOOST_TEST(encode_checksum(receipt->sum) == sum_text(each, large_text));
    }
}

BOOST_AUTO_TEST_CASE(an_md5_never_follows_the_body) {
    store one({stored}, options_of(true, {true, true, true, true}));
    odd_source source("hello");
    BOOST_TEST(one.put(source, kind::md5).has_value());
    BOOST_TEST(header_in(one.request(), "content-md5") == "XUFAKrxLKna5cZ2REBfFkg==");
    BOOST_TEST(body_in(one.request()) == "hello");
}

BOOST_AUTO_TEST_CASE(over_an_open_wire_the_body_is_signed_chunk_by_chunk_where_the_store_can) {
    store one({busy, stored}, options_of(false, {false, true, true, true}));
    BOOST_TEST(!one.client.hashes_bodies());
    odd_source source(large_text);
    BOOST_TEST(one.put(source, kind::none).has_value());
    for (const std::size_t n : {0, 1}) {
        const std::string& request = one.request(n);
        BOOST_TEST(
            header_in(request, "x-amz-content-sha256") == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        );
        BOOST_TEST(header_in(request, "x-amz-trailer") == "");
        const unframed open = open_frame(body_in(request));
        BOOST_TEST((open.data == large_text));
        BOOST_TEST(open.signatures.size() == 5u); // 3 of 64 KiB, the rest, the end
        BOOST_TEST(open.trailer == "\r\n");
    }
    BOOST_TEST(source.rewinds == 1u);
}

/// The signatures that the frame must have, from the head's own.
std::vector<std::string> expected_chain(const std::string& request, const std::string& data) {
    const std::string date = header_in(request, "x-amz-date"), day = date.substr(0, 8);
    sha256_digest key = hmac_sha256(as_bytes("AWS4secret"), as_bytes(day));
    for (const char* const step : {"us-east-1", "s3", "aws4_request"})
        key = hmac_sha256(key, as_bytes(step));
    const std::string authorization = header_in(request, "authorization");
    const std::string seed = authorization.substr(authorization.rfind('=') + 1);
    chunk_signer chain(key, date, day + "/us-east-1/s3/aws4_request", seed);
    std::vector<std::string> signatures;
    for (std::size_t at = 0; at <= data.size(); at += 65'536) {
        const std::string chunk = data.substr(at, 65'536);
        signatures.push_back(chain.sign_chunk(sha256(as_bytes(chunk))));
    }
    if (data.size() % 65'536 != 0) signatures.push_back(chain.sign_chunk(sha256({})));
    return signatures;
}

BOOST_AUTO_TEST_CASE(each_try_has_a_chain_of_its_own) {
    store one({busy, stored}, options_of(false, {true, true, true, true}));
    odd_source source(large_text);
    BOOST_TEST(one.put(source, kind::crc32c).has_value());
    for (const std::size_t n : {0, 1}) {
        const unframed open = open_frame(body_in(one.request(n)));
        BOOST_TEST((open.signatures == expected_chain(one.request(n), large_text)));
        const std::string sum = "x-amz-checksum-crc32c:" + sum_text(kind::crc32c, large_text);
        BOOST_TEST(open.trailer.starts_with(sum + "\r\nx-amz-trailer-signature:"));
        BOOST_TEST(open.trailer.size() == sum.size() + 2 + 24 + 64 + 4);
    }
}

BOOST_AUTO_TEST_CASE(the_contents_own_encoding_stays) {
    store one({stored}, options_of(true, {true, false, true, true}));
    put_request what;
    what.bucket = "b";
    what.key = "k";
    what.traits.content_encoding = "gzip";
    what.compute = kind::crc32;
    odd_source source("hello");
    BOOST_TEST(
        test::run_task(one.context, one.client.put(what, source, deadline::never())).has_value()
    );
    BOOST_TEST(header_in(one.request(), "content-encoding") == "aws-chunked,gzip");
}

BOOST_AUTO_TEST_CASE(a_body_of_nothing_needs_no_frame) {
    for (const bool anonymous : {true, false}) {
        store one({stored}, options_of(anonymous, {true, true, true, true}));
        odd_source source("");
        BOOST_TEST(one.put(source, kind::crc32c).has_value());
        BOOST_TEST(header_in(one.request(), "x-amz-checksum-crc32c") == "AAAAAA==");
        BOOST_TEST(header_in(one.request(), "content-length") == "0");
        BOOST_TEST(header_in(one.request(), "content-encoding") == "");
    }
}

BOOST_AUTO_TEST_CASE(a_body_shorter_than_announced_is_the_callers_failure) {
    for (const capabilities& able :
         {capabilities{},
          capabilities{true, false, true, true},
          capabilities{true, true, true, true}}) {
        for (const bool anonymous : {true, false}) {
            store one({stored, stored}, options_of(anonymous, able));
            odd_source source("hello", 3);
            const auto refused = one.put(source, kind::crc32c);
            BOOST_REQUIRE(!refused.has_value());
            BOOST_TEST((refused.error().code == errc::damaged));
            BOOST_TEST(one.client.stats().requests == 1u);
        }
    }
}

BOOST_AUTO_TEST_CASE(nobody_signs_no_chunks) {
    client_options options = options_of(true, {false, true, true, true});
    options.signing = payload_signing::always;
    store one({stored}, std::move(options));
    odd_source source("hello");
    BOOST_TEST(one.put(source, kind::none).has_value());
    BOOST_TEST(body_in(one.request()) == "hello");
    BOOST_TEST(header_in(one.request(), "content-encoding") == "");
}

BOOST_AUTO_TEST_CASE(no_checksums_are_computed_for_a_store_that_refuses_them) {
    client_options options = options_of(true, {true, true, true, true});
    options.send_checksums = false;
    store one({stored}, std::move(options));
    odd_source source("hello");
    BOOST_TEST(one.put(source, kind::sha256).has_value());
    BOOST_TEST(one.request().find("checksum") == std::string::npos);
    BOOST_TEST(body_in(one.request()) == "hello");
}

// ------------------------------------------------------------------------------- downloads

std::string data_answer(const std::string& headers, const std::string& data) {
    return "HTTP/1.1 200 OK\r\nETag: \"e\"\r\n" + headers +
           "Content-Length: " + std::to_string(data.size()) + "\r\n\r\n" + data;
}

std::string sum_header(kind algorithm, const std::string& data) {
    return std::string(checksum_header(algorithm)) + ": " + sum_text(algorithm, data) + "\r\n";
}

BOOST_AUTO_TEST_CASE(what_the_store_says_of_the_object_is_compared_with_what_came) {
    for (const kind each : told_checksums) {
        const std::string good = data_answer(sum_header(each, "hello"), "hello");
        const std::string bad = data_answer(sum_header(each, "hello"), "hellO");
        store one({bad, good}, options_of(true, {}));
        memory_sink sink(100);
        BOOST_TEST(one.get(sink).has_value());
        BOOST_TEST(as_text(sink.bytes()) == "hello");
        BOOST_TEST(one.client.stats().requests == 2u);

        store broken({bad, bad, bad}, options_of(true, {}));
        const auto refused = broken.get(sink);
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().code == s3_errc::checksum_mismatch));
    }
}

BOOST_AUTO_TEST_CASE(a_checksum_of_checksums_proves_nothing) {
    const std::string composite =
        "x-amz-checksum-type: COMPOSITE\r\nx-amz-checksum-crc32c: AAAAAA==\r\n";
    for (const std::string& headers :
         {composite, std::string("x-amz-checksum-crc32c: AAAAAA==-2\r\n")}) {
        store one({data_answer(headers, "hello")}, options_of(true, {}));
        memory_sink sink(100);
        BOOST_TEST(one.get(sink).has_value());
    }
}

BOOST_AUTO_TEST_CASE(what_the_caller_expects_counts_more_and_for_ranges_too) {
    get_request what;
    what.range = byte_range{2, 5};
    const std::string range =
        "HTTP/1.1 206 Partial\r\nETag: \"e\"\r\nContent-Range: bytes 2-6/9\r\n"
        "Content-Length: 5\r\n\r\nhello";
    for (const kind each : every_kind) {
        what.expected = *decode_checksum(each, sum_text(each, "hello"));
        store good({range}, options_of(true, {}));
        memory_sink sink(100);
        BOOST_TEST(good.get(sink, what).has_value());
        what.expected = *decode_checksum(each, sum_text(each, "Hello"));
        store bad({range, range, range}, options_of(true, {}));
        BOOST_TEST((bad.get(sink, what).error().code == s3_errc::checksum_mismatch));
    }
}

BOOST_AUTO_TEST_CASE(a_get_that_continues_is_summed_as_one) {
    for (const bool good : {true, false}) {
        const std::string first = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\n" +
                                  sum_header(kind::sha256, good ? "hello" : "other") +
                                  "Content-Length: 5\r\n\r\nhe";
        const std::string rest = "HTTP/1.1 206 Partial\r\nETag: \"e\"\r\n"
                                 "Content-Range: bytes 2-4/5\r\nContent-Length: 3\r\n\r\nllo";
        client_options options = options_of(true, {});
        options.limits.retries.max_attempts = 2;
        store one({first}, std::move(options));
        one.servers.emplace_back();
        one.servers[1].exchanges.emplace_back(rest);
        memory_sink sink(100);
        const auto got = one.get(sink);
        BOOST_TEST(got.has_value() == good);
        if (good)
            BOOST_TEST(as_text(sink.bytes()) == "hello");
        else
            BOOST_TEST((got.error().code == s3_errc::checksum_mismatch));
    }
}

BOOST_AUTO_TEST_CASE(a_range_is_not_compared_with_the_sum_of_the_object) {
    get_request what;
    what.range = byte_range{0, 2};
    const std::string range =
        "HTTP/1.1 206 Partial\r\nETag: \"e\"\r\nContent-Range: bytes 0-1/5\r\n" +
        sum_header(kind::crc32, "hello") + "Content-Length: 2\r\n\r\nhe";
    store one({range}, options_of(true, {}));
    memory_sink sink(100);
    BOOST_TEST(one.get(sink, what).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
