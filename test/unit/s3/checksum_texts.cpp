// Tests of s3client/src/core/checksum_headers.cpp.
#include "core/checksum_headers.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(checksum_texts)

using kind = checksum::kind;
// The check values of both algorithms: of "123456789".
constexpr checksum crc64{kind::crc64nvme, 0xae8b14860a799888};
constexpr checksum crc32{kind::crc32c, 0xe3069283};

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
}

BOOST_AUTO_TEST_SUITE_END()
