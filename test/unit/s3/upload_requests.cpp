// Tests of s3client/src/core/build_upload_requests.cpp: each request, byte for byte.
#include "built_requests.hpp"

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(upload_requests)

constexpr checksum sum{checksum::kind::crc64nvme, 0xae8b14860a799888};

complete_upload_request sample_completion() {
    complete_upload_request what;
    what.bucket = "b";
    what.key = "k";
    what.upload_id = "u/1+";
    what.parts.resize(1);
    what.parts[0].etag = "\"e\"";
    what.parts[0].sum = sum;
    what.sum = sum;
    what.if_none_match = true;
    return what;
}

upload_part_request sample_part() {
    upload_part_request what;
    what.bucket = "b";
    what.key = "k";
    what.upload_id = "u/1+";
    what.number = 7;
    what.sum = sum;
    return what;
}

BOOST_AUTO_TEST_CASE(create_is) {
    create_upload_request what;
    what.bucket = "b";
    what.key = "k";
    what.meta = {{"token", "t"}};
    what.content_type = "x/y";
    what.algorithm = checksum::kind::crc64nvme;
    BOOST_TEST(
        wire_text(build_create_upload(what, true)) ==
        "POST /b/k?uploads= HTTP/1.1\r\ncontent-type: x/y\r\nx-amz-meta-token: t\r\n"
        "x-amz-checksum-algorithm: CRC64NVME\r\nx-amz-checksum-type: FULL_OBJECT\r\n\r\n"
    );
    BOOST_TEST(
        wire_text(build_create_upload(what, false)) ==
        "POST /b/k?uploads= HTTP/1.1\r\ncontent-type: x/y\r\nx-amz-meta-token: t\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(part_is) {
    BOOST_TEST(
        wire_text(build_upload_part(sample_part(), true)) ==
        "PUT /b/k?partNumber=7&uploadId=u%2F1%2B HTTP/1.1\r\nx-amz-checksum-crc64nvme: "
        "rosUhgp5mIg=\r\n\r\n"
    );
    BOOST_TEST(
        wire_text(build_upload_part(sample_part(), false)) ==
        "PUT /b/k?partNumber=7&uploadId=u%2F1%2B HTTP/1.1\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(parts_are_numbered_from_1_to_10000) {
    upload_part_request what = sample_part();
    for (const unsigned bad : {0u, 10'001u, 4'294'967'295u}) {
        what.number = bad;
        refused_as_unsafe(build_upload_part(what, true), "part " + std::to_string(bad));
    }
    for (const unsigned good : {1u, 10'000u}) {
        what.number = good;
        BOOST_TEST(build_upload_part(what, true).has_value());
    }
}

BOOST_AUTO_TEST_CASE(complete_is) {
    const std::string body =
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag>";
    BOOST_TEST(
        wire_text(build_complete_upload(sample_completion(), true)) ==
        "POST /b/k?uploadId=u%2F1%2B HTTP/1.1\r\ncontent-type: application/xml\r\n"
        "x-amz-checksum-crc64nvme: rosUhgp5mIg=\r\nx-amz-checksum-type: "
        "FULL_OBJECT\r\nif-none-match: *\r\n\r\n" +
            body +
            "<ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME></Part></CompleteMultipartUpload>"
    );
    complete_upload_request bare = sample_completion();
    bare.if_none_match = false;
    BOOST_TEST(
        wire_text(build_complete_upload(bare, false)) ==
        "POST /b/k?uploadId=u%2F1%2B HTTP/1.1\r\ncontent-type: application/xml\r\n\r\n" + body +
            "</Part></CompleteMultipartUpload>"
    );
}

BOOST_AUTO_TEST_CASE(abort_is) {
    BOOST_TEST(
        wire_text(build_abort_upload("b", "k", "u")) == "DELETE /b/k?uploadId=u HTTP/1.1\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(lists_are) {
    list_parts_request parts;
    parts.bucket = "b";
    parts.key = "k";
    parts.upload_id = "u";
    BOOST_TEST(
        wire_text(build_list_parts(parts, {})) ==
        "GET /b/k?max-parts=1000&uploadId=u HTTP/1.1\r\n\r\n"
    );
    page_marker after;
    after.key = "1000";
    BOOST_TEST(
        wire_text(build_list_parts(parts, after)) ==
        "GET /b/k?max-parts=1000&part-number-marker=1000&uploadId=u HTTP/1.1\r\n\r\n"
    );
    list_uploads_request uploads;
    uploads.bucket = "b";
    BOOST_TEST(
        wire_text(build_list_uploads(uploads, {})) ==
        "GET /b?encoding-type=url&max-uploads=1000&uploads= HTTP/1.1\r\n\r\n"
    );
    uploads.prefix = "p/";
    after.key = "p/k";
    after.upload = "u";
    BOOST_TEST(
        wire_text(build_list_uploads(uploads, after)) ==
        "GET "
        "/b?encoding-type=url&key-marker=p%2Fk&max-uploads=1000&prefix=p%2F&upload-id-marker=u&"
        "uploads= "
        "HTTP/1.1\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(without_an_id_it_would_be_about_the_object_and_is_refused) {
    refused_as_unsafe(build_abort_upload("b", "k", ""), "the upload id is empty");
    upload_part_request part = sample_part();
    part.upload_id = "";
    refused_as_unsafe(build_upload_part(part, true), "the upload id is empty");
    complete_upload_request completion = sample_completion();
    completion.upload_id = "";
    refused_as_unsafe(build_complete_upload(completion, true), "the upload id is empty");
    list_parts_request parts;
    parts.bucket = "b";
    parts.key = "k";
    refused_as_unsafe(build_list_parts(parts, {}), "the upload id is empty");
}

BOOST_AUTO_TEST_CASE(line_ends_in_ids_and_markers_cannot_leave_the_query) {
    BOOST_TEST(
        wire_text(build_abort_upload("b", "k", "u\r\nx: y")) ==
        "DELETE /b/k?uploadId=u%0D%0Ax%3A%20y HTTP/1.1\r\n\r\n"
    );
    page_marker after;
    after.key = "\r\n";
    list_uploads_request uploads;
    uploads.bucket = "b";
    BOOST_TEST(
        wire_text(build_list_uploads(uploads, after)).find("key-marker=%0D%0A&") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(control_bytes_in_etags_and_metadata_are_refused) {
    complete_upload_request completion = sample_completion();
    completion.parts[0].etag = "a\x01";
    refused_as_unsafe(build_complete_upload(completion, true), "CompleteMultipartUpload b/k");
    create_upload_request create;
    create.bucket = "b";
    create.key = "k";
    create.meta = {{"token", "t\r\nx: y"}};
    refused_as_unsafe(build_create_upload(create, true), "x-amz-meta-token");
}

BOOST_AUTO_TEST_CASE(requests_about_uploads_say_so) {
    BOOST_TEST((build_abort_upload("b", "k", "u")->about == subject::upload));
    BOOST_TEST((build_upload_part(sample_part(), true)->about == subject::upload));
    BOOST_TEST(build_upload_part(sample_part(), true)->where() == "UploadPart b/k part 7");
    create_upload_request create;
    create.bucket = "b";
    create.key = "k";
    BOOST_TEST((build_create_upload(create, true)->about == subject::object));
}

BOOST_AUTO_TEST_SUITE_END()
