// Tests of s3client/src/core/checksum_headers.cpp.
#include "core/checksum_headers.hpp"
#include "core/running_checksum.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(checksum_texts)

using kind = checksum::kind;
// The check values of both algorithms: of "123456789".
constexpr checksum crc64{kind::crc64nvme, 0xae8b14860a799888};
constexpr checksum crc32{kind::crc32c, 0xe3069283};

/// Of "123456789".
checksum digest_of(kind algorithm) {
    running_checksum running(algorithm);
    running.update(as_bytes("1234"));
    running.update(bytes_view());
    running.update(as_bytes("56789"));
    return running.finish();
}

response_head head_of(header_list headers) {
    response_head head;
    head.status = 200;
    head.headers = std::move(headers);
    return head;
}

BOOST_AUTO_TEST_CASE(each_algorithm_has_its_header_name_and_element) {
    BOOST_TEST(checksum_header(kind::crc64nvme) == "x-amz-checksum-crc64nvme");
    BOOST_TEST(checksum_header(kind::crc32c) == "x-amz-checksum-crc32c");
    BOOST_TEST(checksum_name(kind::crc64nvme) == "CRC64NVME");
    BOOST_TEST(checksum_name(kind::crc32c) == "CRC32C");
    BOOST_TEST(checksum_element(kind::crc64nvme) == "ChecksumCRC64NVME");
    BOOST_TEST(checksum_element(kind::crc32c) == "ChecksumCRC32C");
}

BOOST_AUTO_TEST_CASE(the_bytes_are_big_endian_in_base64) {
    BOOST_TEST(encode_checksum(crc64) == "rosUhgp5mIg=");
    BOOST_TEST(encode_checksum(crc32) == "4waSgw==");
    BOOST_TEST(encode_checksum({kind::crc64nvme, 0}) == "AAAAAAAAAAA=");
}

BOOST_AUTO_TEST_CASE(the_others_have_theirs) {
    BOOST_TEST(checksum_header(kind::crc32) == "x-amz-checksum-crc32");
    BOOST_TEST(checksum_header(kind::sha256) == "x-amz-checksum-sha256");
    BOOST_TEST(checksum_header(kind::md5) == "content-md5");
    BOOST_TEST(checksum_name(kind::sha256) == "SHA256");
    BOOST_TEST(checksum_element(kind::crc32) == "ChecksumCRC32");
    BOOST_TEST((joins(kind::crc64nvme) && joins(kind::crc32c) && joins(kind::crc32)));
    BOOST_TEST((!joins(kind::sha256) && !joins(kind::md5)));
}

BOOST_AUTO_TEST_CASE(bytes_in_pieces_have_the_known_values) {
    // By Python's zlib, hashlib and base64; the CRCs of 64 and 32C are published.
    BOOST_TEST(encode_checksum(digest_of(kind::crc64nvme)) == "rosUhgp5mIg=");
    BOOST_TEST(encode_checksum(digest_of(kind::crc32c)) == "4waSgw==");
    BOOST_TEST(encode_checksum(digest_of(kind::crc32)) == "y/Q5Jg==");
    BOOST_TEST(
        encode_checksum(digest_of(kind::sha256)) == "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
    );
    BOOST_TEST(encode_checksum(digest_of(kind::md5)) == "JfnnlDI7RTiF9RgfG2JNCw==");
    BOOST_TEST((digest_of(kind::none) == checksum()));
}

BOOST_AUTO_TEST_CASE(digests_are_read_as_they_were_written) {
    for (const kind each : {kind::crc32, kind::sha256, kind::md5}) {
        const checksum sum = digest_of(each);
        const auto read = decode_checksum(each, encode_checksum(sum));
        BOOST_REQUIRE(read.has_value());
        BOOST_TEST((*read == sum));
        BOOST_TEST(!decode_checksum(each, encode_checksum(sum) + "-2"));
        BOOST_TEST(!decode_checksum(kind::crc64nvme, encode_checksum(sum)));
    }
    checksum sha = digest_of(kind::sha256);
    sha.digest[31] ^= std::byte{1};
    BOOST_TEST((!(sha == digest_of(kind::sha256))));
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
    for (const checksum each :
         {crc64, crc32, checksum{kind::crc64nvme, 1}, checksum{kind::crc32c, 0}}) {
        const auto read = decode_checksum(each.algorithm, encode_checksum(each));
        BOOST_REQUIRE(read.has_value());
        BOOST_TEST((read->algorithm == each.algorithm));
        BOOST_TEST(read->value == each.value);
    }
}

BOOST_AUTO_TEST_CASE(a_checksum_of_checksums_is_none) {
    for (const char* const each :
         {"", "4waSgw==-2", "4waSgw", "rosUhgp5mIg=", "4waSg!==", "4waS\ngw=="})
        BOOST_TEST(!decode_checksum(kind::crc32c, each), each);
    BOOST_TEST(!decode_checksum(kind::crc64nvme, "4waSgw=="));
}

BOOST_AUTO_TEST_CASE(the_sum_of_the_full_object_is_read_and_no_other) {
    BOOST_TEST(
        read_checksum(head_of({{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}})).value == crc64.value
    );
    const header_list full = {
        {"x-amz-checksum-type", "FULL_OBJECT"}, {"x-amz-checksum-crc32c", "4waSgw=="}};
    BOOST_TEST(read_checksum(head_of(full)).value == crc32.value);
    const header_list composite = {
        {"x-amz-checksum-type", "COMPOSITE"}, {"x-amz-checksum-crc32c", "4waSgw=="}};
    BOOST_TEST((read_checksum(head_of(composite)).algorithm == kind::none));
    BOOST_TEST(
        (read_checksum(head_of({{"x-amz-checksum-crc32c", "4waSgw==-3"}})).algorithm == kind::none)
    );
    BOOST_TEST(
        (read_checksum(head_of({{"x-amz-checksum-sha256", "4waSgw=="}})).algorithm == kind::none)
    );
    const header_list sha = {{"x-amz-checksum-sha256", encode_checksum(digest_of(kind::sha256))}};
    BOOST_TEST((read_checksum(head_of(sha)) == digest_of(kind::sha256)));
}

BOOST_AUTO_TEST_SUITE_END()
