// Tests of s3client/src/core/build_object_requests.cpp: each request, byte for byte.
#include "built_requests.hpp"

#include <limits>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(object_requests)

put_request sample_put() {
    put_request what;
    what.bucket = "b";
    what.key = "a b/c+d";
    what.sum = {checksum::kind::crc64nvme, 0xae8b14860a799888};
    what.meta = {{"token", "t 1"}, {"more", ""}};
    what.content_type = "avro/binary";
    what.if_none_match = true;
    return what;
}

get_request sample_get() {
    get_request what;
    what.bucket = "b";
    what.key = "k";
    return what;
}

head_request head_of(const std::string& bucket, const std::string& key) {
    head_request what;
    what.bucket = bucket;
    what.key = key;
    return what;
}

remove_request removal_of(const std::string& bucket, const std::string& key) {
    remove_request what;
    what.bucket = bucket;
    what.key = key;
    return what;
}

BOOST_AUTO_TEST_CASE(put_is) {
    BOOST_TEST(
        wire_text(build_put(sample_put(), true)) ==
        "PUT /b/a%20b/c%2Bd HTTP/1.1\r\ncontent-type: avro/binary\r\nx-amz-meta-more: "
        "\r\nx-amz-meta-token: t 1\r\n"
        "x-amz-checksum-crc64nvme: rosUhgp5mIg=\r\nif-none-match: *\r\n\r\n"
    );
    put_request bare;
    bare.bucket = "b";
    bare.key = "k";
    BOOST_TEST(wire_text(build_put(bare, true)) == "PUT /b/k HTTP/1.1\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(checksums_stay_at_home_where_the_store_refuses_them) {
    put_request what = sample_put();
    BOOST_TEST(wire_text(build_put(what, false)).find("checksum") == std::string::npos);
    what.sum.algorithm = checksum::kind::none;
    BOOST_TEST(wire_text(build_put(what, true)).find("checksum") == std::string::npos);
    BOOST_TEST(wire_text(build_get(sample_get(), false)).find("checksum") == std::string::npos);
    BOOST_TEST(
        wire_text(build_head(head_of("b", "k"), false)).find("checksum") == std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(get_is) {
    BOOST_TEST(
        wire_text(build_get(sample_get(), true)) ==
        "GET /b/k HTTP/1.1\r\nx-amz-checksum-mode: ENABLED\r\naccept-encoding: identity\r\n\r\n"
    );
    get_request what = sample_get();
    what.range = byte_range{10, 20};
    what.if_match = "\"e\"";
    BOOST_TEST(
        wire_text(build_get(what, true)) == "GET /b/k HTTP/1.1\r\nrange: bytes=10-29\r\nif-match: "
                                            "\"e\"\r\naccept-encoding: identity\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(a_range_has_bytes_and_an_end) {
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    get_request what = sample_get();
    for (const byte_range each :
         {byte_range{0, 0}, byte_range{1, largest}, byte_range{largest, 1}}) {
        what.range = each;
        refused_as_unsafe(build_get(what, true), "GetObject b/k");
    }
    what.range = byte_range{largest - 1, 1};
    BOOST_TEST(
        wire_text(build_get(what, true))
            .find("bytes=18446744073709551614-18446744073709551614\r\n") != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(head_and_remove_are) {
    BOOST_TEST(
        wire_text(build_head(head_of("b", "k"), true)) ==
        "HEAD /b/k HTTP/1.1\r\nx-amz-checksum-mode: ENABLED\r\naccept-encoding: identity\r\n\r\n"
    );
    BOOST_TEST(wire_text(build_remove(removal_of("b", "k"))) == "DELETE /b/k HTTP/1.1\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(list_is) {
    list_request what;
    what.bucket = "b";
    BOOST_TEST(
        wire_text(build_list(what)) ==
        "GET /b?encoding-type=url&list-type=2&max-keys=1000 HTTP/1.1\r\n\r\n"
    );
    what.prefix = "p/q r";
    what.delimiter = "/";
    what.token = "t+/=";
    what.start_after = "p/a";
    what.limit = 7;
    BOOST_TEST(
        wire_text(build_list(what)) ==
        "GET "
        "/b?continuation-token=t%2B%2F%3D&delimiter=%2F&encoding-type=url&list-type=2&max-keys=7"
        "&prefix=p%2Fq%20r&start-after=p%2Fa HTTP/1.1\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(requests_about_buckets_are) {
    BOOST_TEST(wire_text(build_head_bucket("b")) == "HEAD /b HTTP/1.1\r\n\r\n");
    BOOST_TEST(wire_text(build_create_bucket("b", "us-east-1")) == "PUT /b HTTP/1.1\r\n\r\n");
    BOOST_TEST(
        wire_text(build_create_bucket("b", "eu-1")) ==
        "PUT /b HTTP/1.1\r\n\r\n<CreateBucketConfiguration "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>eu-1</LocationConstraint></CreateBucketConfiguration>"
    );
}

BOOST_AUTO_TEST_CASE(each_request_says_what_it_is_about) {
    BOOST_TEST(build_put(sample_put(), true)->where() == "PutObject b/a b/c+d");
    BOOST_TEST((build_put(sample_put(), true)->about == subject::object));
    BOOST_TEST((build_head_bucket("b")->about == subject::bucket));
    list_request list;
    list.bucket = "b";
    BOOST_TEST((build_list(list)->about == subject::bucket));
}

BOOST_AUTO_TEST_CASE(line_ends_cannot_leave_the_path) {
    const std::string head = wire_text(build_remove(removal_of("b", "k\r\nx: y\n\x01\x7f")));
    BOOST_TEST(head == "DELETE /b/k%0D%0Ax%3A%20y%0A%01%7F HTTP/1.1\r\n\r\n");
    list_request what;
    what.bucket = "b";
    what.token = "t\r\nx: y";
    BOOST_TEST(wire_text(build_list(what)).find("t%0D%0Ax%3A%20y") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(control_bytes_bound_for_a_header_are_refused) {
    for (const char* const evil : {"a\r\nx: y", "a\n", "a\r", "a\tb", "\x7f", "\x01"}) {
        put_request put = sample_put();
        put.meta["token"] = evil;
        refused_as_unsafe(build_put(put, true), "x-amz-meta-token");
        put = sample_put();
        put.content_type = evil;
        refused_as_unsafe(build_put(put, true), "content-type");
        put = sample_put();
        put.meta[evil] = "v";
        refused_as_unsafe(build_put(put, true), "header name");
        get_request get = sample_get();
        get.if_match = evil;
        refused_as_unsafe(build_get(get, true), "if-match");
    }
    put_request put = sample_put();
    put.meta["Token"] = "upper case would not be signed as it is sent";
    refused_as_unsafe(build_put(put, true), "header name");
}

BOOST_AUTO_TEST_CASE(a_bucket_that_would_be_another_request_is_refused) {
    for (const char* const bad : {"", "a/b", "/", "b\r\nx: y", "b\x01"}) {
        refused_as_unsafe(build_head_bucket(bad), "HeadBucket");
        refused_as_unsafe(build_remove(removal_of(bad, "k")), "DeleteObject");
        refused_as_unsafe(build_create_bucket(bad, ""), "CreateBucket");
        refused_as_unsafe(build_head(head_of(bad, "k"), true), "HeadObject");
        list_request what;
        what.bucket = bad;
        refused_as_unsafe(build_list(what), "ListObjectsV2");
    }
}

BOOST_AUTO_TEST_CASE(an_empty_key_would_be_the_bucket_and_is_refused) {
    refused_as_unsafe(build_remove(removal_of("b", "")), "the key is empty");
    refused_as_unsafe(build_head(head_of("b", ""), true), "the key is empty");
    put_request put = sample_put();
    put.key = "";
    refused_as_unsafe(build_put(put, true), "the key is empty");
    get_request get = sample_get();
    get.key = "";
    refused_as_unsafe(build_get(get, true), "the key is empty");
}

BOOST_AUTO_TEST_SUITE_END()
