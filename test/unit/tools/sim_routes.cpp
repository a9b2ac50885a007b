// test: which operation a request is.
#include "core/operation.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

namespace sim_routes_test {

std::string
routed(const std::string& method, const std::string& target, const std::string& host = "h") {
    const auto where = parse_target(target);
    if (!where) return where.error().code;
    const auto to = find_route(method, *where, host, "s3.local");
    if (!to) return to.error().code;
    return std::string(name_of(to->what)) + ' ' + to->bucket + ' ' + to->key;
}

} // namespace sim_routes_test

using namespace sim_routes_test;

BOOST_AUTO_TEST_SUITE(sim_routes)

BOOST_AUTO_TEST_CASE(every_operation_has_its_request) {
    BOOST_TEST(routed("GET", "/") == "ListBuckets  ");
    BOOST_TEST(routed("PUT", "/b") == "CreateBucket b ");
    BOOST_TEST(routed("HEAD", "/b/") == "HeadBucket b ");
    BOOST_TEST(routed("DELETE", "/b") == "DeleteBucket b ");
    BOOST_TEST(routed("GET", "/b?location") == "GetBucketLocation b ");
    BOOST_TEST(routed("GET", "/b?list-type=2&prefix=x") == "ListObjectsV2 b ");
    BOOST_TEST(routed("GET", "/b?uploads&prefix=x") == "ListMultipartUploads b ");
    BOOST_TEST(routed("PUT", "/b/k") == "PutObject b k");
    BOOST_TEST(routed("PUT", "/b/k?x-id=PutObject") == "PutObject b k");
    BOOST_TEST(routed("GET", "/b/k") == "GetObject b k");
    BOOST_TEST(routed("HEAD", "/b/k") == "HeadObject b k");
    BOOST_TEST(routed("DELETE", "/b/k") == "DeleteObject b k");
    BOOST_TEST(routed("POST", "/b/k?uploads") == "CreateMultipartUpload b k");
    BOOST_TEST(routed("PUT", "/b/k?partNumber=1&uploadId=u") == "UploadPart b k");
    BOOST_TEST(routed("POST", "/b/k?uploadId=u") == "CompleteMultipartUpload b k");
    BOOST_TEST(routed("DELETE", "/b/k?uploadId=u") == "AbortMultipartUpload b k");
    BOOST_TEST(routed("GET", "/b/k?uploadId=u") == "ListParts b k");
    BOOST_TEST(routed("GET", "/b?marker=x") == "ListObjects b ");
    BOOST_TEST(routed("GET", "/b") == "ListObjects b ");
    BOOST_TEST(routed("POST", "/b?delete") == "DeleteObjects b ");
    BOOST_TEST(routed("PUT", "/b/k?tagging") == "PutObjectTagging b k");
    BOOST_TEST(routed("GET", "/b/k?tagging") == "GetObjectTagging b k");
    BOOST_TEST(routed("DELETE", "/b/k?tagging") == "DeleteObjectTagging b k");
}

BOOST_AUTO_TEST_CASE(a_copy_source_makes_a_copy_and_nothing_else) {
    const auto copied = [](std::string_view method, const std::string& target) {
        const auto to = find_route(method, *parse_target(target), "h", "", true);
        return to ? std::string(name_of(to->what)) : to.error().code;
    };
    BOOST_TEST(copied("PUT", "/b/k") == "CopyObject");
    BOOST_TEST(copied("PUT", "/b/k?partNumber=1&uploadId=u") == "UploadPartCopy");
    BOOST_TEST(copied("GET", "/b/k") == "MethodNotAllowed");
    BOOST_TEST(copied("PUT", "/b") == "MethodNotAllowed");
}

BOOST_AUTO_TEST_CASE(what_presigned_requests_have_in_their_query_is_no_stranger) {
    BOOST_TEST(
        routed("GET", "/b/k?X-Amz-Algorithm=a&X-Amz-Date=d&X-Amz-Signature=s") == "GetObject b k"
    );
    BOOST_TEST(routed("GET", "/b/k?X-Amz-Other=a") == "NotImplemented");
}

BOOST_AUTO_TEST_CASE(keys_are_bytes_decoded_once) {
    BOOST_TEST(routed("GET", "/b//a/../%252e%2Fx+y%20") == "GetObject b /a/../%2e/x+y ");
    BOOST_TEST(routed("GET", "/b/%ff%00") == std::string("GetObject b \xff\0", 14));
    BOOST_TEST(routed("GET", "/b/%zz") == "InvalidURI");
    BOOST_TEST(routed("GET", "/b/%4") == "InvalidURI");
    BOOST_TEST(routed("GET", "/b/" + std::string(1024, 'k')).size() == 1024 + 12u);
    BOOST_TEST(routed("GET", "/b/" + std::string(1025, 'k')) == "KeyTooLongError");
}

BOOST_AUTO_TEST_CASE(a_domain_makes_buckets_of_host_names) {
    BOOST_TEST(routed("GET", "/k/x", "b.s3.local:9000") == "GetObject b k/x");
    BOOST_TEST(routed("PUT", "/", "b.s3.local") == "CreateBucket b ");
    BOOST_TEST(routed("GET", "/b/k", "s3.local:9000") == "GetObject b k");
    BOOST_TEST(routed("GET", "/b/k", "xs3.local") == "GetObject b k");
}

BOOST_AUTO_TEST_CASE(what_is_not_implemented_is_refused_and_not_taken_for_something_else) {
    BOOST_TEST(routed("GET", "/b/k?acl") == "NotImplemented");
    BOOST_TEST(routed("PUT", "/b?lifecycle") == "NotImplemented");
    BOOST_TEST(routed("GET", "/b/k?x=1&x=2") == "InvalidArgument");
    BOOST_TEST(routed("PATCH", "/b/k") == "MethodNotAllowed");
    BOOST_TEST(routed("POST", "/b/k") == "MethodNotAllowed");
    BOOST_TEST(routed("GET", "/b?marker=x&list-type=2") == "NotImplemented");
    BOOST_TEST(routed("GET", "/b?start-after=x") == "NotImplemented");
}

BOOST_AUTO_TEST_CASE(bucket_names_follow_the_rules) {
    for (const std::string good : {"abc", "a-b.c1", "123"})
        BOOST_TEST(valid_bucket_name(good), good);
    for (const std::string bad : {"ab", "Abc", "a_b", "-abc", "abc.", "a..b", "_sim"})
        BOOST_TEST(!valid_bucket_name(bad), bad);
    BOOST_TEST(!valid_bucket_name(std::string(64, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()
