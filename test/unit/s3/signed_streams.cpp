// Tests of s3client/src/core/sigv4_chunks.cpp and aws_chunked.cpp: bodies in chunks.
#include "core/aws_chunked.hpp"
#include "core/sigv4.hpp"
#include "signed_requests.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(signed_streams)

bool signs_the_length_too(std::string_view name) {
    return name == "content-length" || is_signed_header(name);
}

chunk_signer sign_head(vector_request& one) {
    signer pen(one.who, "s3", one.signs_length ? signs_the_length_too : is_signed_header);
    const signing_place place{one.region, one.when};
    return pen.sign(one.method, write_target(one.path, one.query), one.headers, one.payload, place);
}

/// The whole body as it travels.
std::string write_body(const chunked_shape& shape, const chunk_signer& chain, std::string data) {
    chunk_frames frames(shape, chain);
    std::string wire;
    while (const auto size = static_cast<std::size_t>(frames.next_size())) {
        const std::string chunk = data.substr(0, size);
        const sha256_digest digest = sha256(as_bytes(chunk));
        wire += frames.before(digest) + chunk;
        data.erase(0, size);
    }
    BOOST_TEST(data.empty());
    return wire + frames.end(std::string(shape.trailer_size, 'v'));
}

BOOST_AUTO_TEST_CASE(head_chunks_and_trailer_have_the_signatures_of_aws_examples) {
    for (const char* const name : {"aws-chunks", "aws-chunks-trailer"}) {
        vector_request one = read_request(name);
        chunk_signer chain = sign_head(one);
        BOOST_TEST(signature_in(one.headers) == one.signature, name);
        BOOST_TEST(one.chunks.size() == 3u);
        for (const vector_chunk& each : one.chunks) {
            const std::string data(each.size, 'a');
            BOOST_TEST(chain.sign_chunk(sha256(as_bytes(data))) == each.signature, name);
        }
        if (one.trailer.empty()) continue;
        BOOST_TEST(chain.sign_trailer(one.trailer) == one.trailer_signature, name);
    }
}

BOOST_AUTO_TEST_CASE(the_body_of_aws_example_is_written_as_it_stands_there) {
    vector_request one = read_request("aws-chunks");
    const chunk_signer chain = sign_head(one);
    chunked_shape shape;
    shape.size = 66'560;
    shape.chunk = 65'536;
    shape.is_signed = true;
    BOOST_TEST(encoded_size(shape) == 66'824u);
    const std::string expected =
        "10000;chunk-signature=" + one.chunks[0].signature + "\r\n" + std::string(65'536, 'a') +
        "\r\n400;chunk-signature=" + one.chunks[1].signature + "\r\n" + std::string(1024, 'a') +
        "\r\n0;chunk-signature=" + one.chunks[2].signature + "\r\n\r\n";
    BOOST_TEST((write_body(shape, chain, std::string(66'560, 'a')) == expected));
}

BOOST_AUTO_TEST_CASE(the_trailer_follows_the_last_chunk) {
    vector_request one = read_request("aws-chunks-trailer");
    chunked_shape shape;
    shape.size = 66'560;
    shape.chunk = 65'536;
    shape.is_signed = true;
    shape.trailer_name = "x-amz-checksum-crc32c";
    shape.trailer_size = 8;
    chunk_frames frames(shape, sign_head(one));
    const std::string first(65'536, 'a'), second(1024, 'a');
    frames.before(sha256(as_bytes(first)));
    frames.before(sha256(as_bytes(second)));
    BOOST_TEST(frames.next_size() == 0u);
    BOOST_TEST(
        frames.end("sOO8/Q==") == "\r\n0;chunk-signature=" + one.chunks[2].signature +
                                      "\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n"
                                      "x-amz-trailer-signature:" +
                                      one.trailer_signature + "\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(an_unsigned_body_has_sizes_and_a_trailer) {
    chunked_shape shape;
    shape.size = 5;
    shape.chunk = 1 << 20;
    shape.trailer_name = "x-amz-checksum-crc32";
    shape.trailer_size = 3;
    const std::string wire = write_body(shape, chunk_signer(), "hello");
    BOOST_TEST(wire == "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:vvv\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_only_an_end) {
    chunked_shape shape;
    shape.chunk = 10;
    shape.trailer_name = "x-amz-checksum-crc32";
    shape.trailer_size = 1;
    BOOST_TEST(write_body(shape, chunk_signer(), "") == "0\r\nx-amz-checksum-crc32:v\r\n\r\n");
    BOOST_TEST(encoded_size(shape) == 29u);
    shape.trailer_name = {};
    shape.trailer_size = 0;
    BOOST_TEST(write_body(shape, chunk_signer(), "") == "0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(the_announced_size_is_the_written_size) {
    std::mt19937 random(11);
    for (int round = 0; round < 400; ++round) {
        chunked_shape shape;
        shape.size = random() % 300;
        shape.chunk = 1 + random() % 40;
        shape.is_signed = random() % 2 == 0;
        if (random() % 2 == 0) {
            shape.trailer_name = "x-amz-checksum-crc64nvme";
            shape.trailer_size = random() % 20;
        }
        const std::string wire = write_body(shape, chunk_signer(), std::string(shape.size, 'x'));
        BOOST_TEST_REQUIRE(wire.size() == encoded_size(shape));
    }
}

BOOST_AUTO_TEST_CASE(a_chunk_is_signed_after_the_one_before) {
    vector_request one = read_request("aws-chunks");
    chunk_signer forwards = sign_head(one), backwards = forwards;
    const sha256_digest a = sha256(as_bytes("a")), b = sha256(as_bytes("b"));
    const std::string first = forwards.sign_chunk(a);
    backwards.sign_chunk(b);
    BOOST_TEST(backwards.sign_chunk(a) != first);
}

BOOST_AUTO_TEST_SUITE_END()
