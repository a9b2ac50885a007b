// Tests of s3client/src/core/xml_documents.cpp: each document of S3, as stores really write it.
#include "core/xml_documents.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(xml_documents)

const std::string declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

std::string listing(const std::string& inner) {
    return declaration + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
           inner + "</ListBucketResult>";
}

std::string entry(const std::string& key, const std::string& more = "") {
    return "<Contents><Key>" + key + "</Key><Size>1</Size>" + more + "</Contents>";
}

template <class T>
void refused(const result<T>& read, const std::string& text) {
    BOOST_TEST_CONTEXT(text) {
        BOOST_REQUIRE(!read.has_value());
        BOOST_TEST((read.error().code == s3_errc::malformed_answer));
    }
}

BOOST_AUTO_TEST_CASE(a_listing_of_aws_is_read) {
    const auto page = read_list(listing(
        "<Name>b</Name><Prefix>p/</Prefix><KeyCount>2</KeyCount><MaxKeys>1000</"
        "MaxKeys><IsTruncated>true</IsTruncated>"
        "<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</"
        "NextContinuationToken>"
        "<Contents><Key>p/a</Key><LastModified>2013-05-24T00:00:00.000Z</LastModified>"
        "<ETag>&quot;0f&quot;</ETag><Size>42</Size><StorageClass>STANDARD</StorageClass></Contents>"
        "<Contents><Key>p/b</Key><Size>18446744073709551615</Size></Contents>"
        "<CommonPrefixes><Prefix>p/c/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>p/d/</"
        "Prefix></CommonPrefixes>"
    ));
    BOOST_REQUIRE(page.has_value());
    BOOST_REQUIRE(page->objects.size() == 2u);
    BOOST_TEST(page->objects[0].key == "p/a");
    BOOST_TEST(page->objects[0].size == 42u);
    BOOST_TEST(page->objects[0].etag == "\"0f\"");
    BOOST_TEST(page->objects[0].last_modified == "2013-05-24T00:00:00.000Z");
    BOOST_TEST(page->objects[1].size == 18446744073709551615u);
    BOOST_TEST(page->prefixes.size() == 2u);
    BOOST_TEST(page->prefixes[1] == "p/d/");
    BOOST_TEST(page->next_token == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
}

BOOST_AUTO_TEST_CASE(order_prefixes_and_unknown_elements_do_not_matter) {
    const auto page =
        read_list("<x:ListBucketResult xmlns:x=\"urn:x\"><x:New><x:Key>no</x:Key></x:New>"
                  "<x:Contents><x:Size>7</x:Size><x:Owner><x:Key>no</x:Key></x:Owner><x:Key>k</"
                  "x:Key></x:Contents>"
                  "<x:IsTruncated>false</x:IsTruncated></x:ListBucketResult>");
    BOOST_REQUIRE(page.has_value());
    BOOST_REQUIRE(page->objects.size() == 1u);
    BOOST_TEST(page->objects[0].key == "k");
    BOOST_TEST(page->objects[0].size == 7u);
}

BOOST_AUTO_TEST_CASE(an_empty_listing_is_the_last_page) {
    for (const char* const inner :
         {"", "<IsTruncated>false</IsTruncated>", "<KeyCount>0</KeyCount><Contents/>"}) {
        const auto page = read_list(listing(inner));
        if (std::string(inner).find("Contents") != std::string::npos) {
            refused(page, inner);
            continue;
        }
        BOOST_REQUIRE(page.has_value());
        BOOST_TEST(page->objects.empty());
        BOOST_TEST(page->next_token == "");
    }
    BOOST_TEST(read_list("<ListBucketResult/>").has_value());
}

BOOST_AUTO_TEST_CASE(a_token_counts_only_when_the_page_is_cut) {
    const auto page = read_list(
        listing("<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>")
    );
    BOOST_TEST(page->next_token == "");
    refused(read_list(listing("<IsTruncated>true</IsTruncated>")), "no token");
}

BOOST_AUTO_TEST_CASE(keys_are_decoded_when_the_store_says_so_and_only_then) {
    const std::string key = "a%2Fb+c%2B%25%C3%A4";
    const auto plain = read_list(listing(entry(key)));
    BOOST_TEST(plain->objects[0].key == key);
    const auto encoded = read_list(listing(
        entry(key) +
        "<EncodingType>url</EncodingType><CommonPrefixes><Prefix>x%20y/</Prefix></CommonPrefixes>"
    ));
    BOOST_TEST(encoded->objects[0].key == "a/b c+%\xc3\xa4");
    BOOST_TEST(encoded->prefixes[0] == "x y/");
    for (const char* const broken : {"a%", "a%2", "a%zz"})
        refused(read_list(listing("<EncodingType>url</EncodingType>" + entry(broken))), broken);
}

BOOST_AUTO_TEST_CASE(keys_of_every_kind_are_kept) {
    BOOST_TEST(read_list(listing(entry(" a ")))->objects[0].key == " a ");
    BOOST_TEST(read_list(listing(entry(" ")))->objects[0].key == " ");
    BOOST_TEST(
        read_list(listing(entry("a&amp;b&lt;c&gt;&#13;&#10;")))->objects[0].key == "a&b<c>\r\n"
    );
    BOOST_TEST(read_list(listing(entry("<![CDATA[a&b]]>")))->objects[0].key == "a&b");
    BOOST_TEST(read_list(listing(entry("../..//x")))->objects[0].key == "../..//x");
}

BOOST_AUTO_TEST_CASE(an_entry_without_key_or_size_spoils_the_page) {
    for (const char* const bad :
         {"<Contents><Size>1</Size></Contents>",
          "<Contents><Key>k</Key></Contents>",
          "<Contents><Key></Key><Size>1</Size></Contents>",
          "<Contents><Key>k</Key><Size>x</Size></Contents>",
          "<Contents><Key>k</Key><Size>-1</Size></Contents>",
          "<Contents><Key/><Size>1</Size></Contents>"})
        refused(read_list(listing(bad)), bad);
}

BOOST_AUTO_TEST_CASE(a_cut_or_foreign_document_is_refused_by_every_reader) {
    const std::string whole = listing(entry("k"));
    for (std::size_t size = 0; size < whole.size(); ++size)
        refused(read_list(whole.substr(0, size)), std::to_string(size));
    for (const char* const bad :
         {"", "<Error><Code>X</Code></Error>", "<html></html>", "OK", "<ListBucketResults/>"}) {
        refused(read_list(bad), bad);
        refused(read_upload_id(bad), bad);
        refused(read_completed(bad), bad);
        refused(read_parts(bad), bad);
        refused(read_uploads(bad, ""), bad);
    }
    refused(read_list("<!DOCTYPE x>" + listing("")), "DOCTYPE");
}

BOOST_AUTO_TEST_CASE(an_error_document_is_read_and_nothing_else_is_one) {
    const auto error = read_error(
        declaration + "<Error><Region>r</Region><Message>m &amp; "
                      "n</Message><Code>C</Code><RequestId>i</RequestId>"
                      "<HostId>h</HostId></Error>"
    );
    BOOST_REQUIRE(error.has_value());
    BOOST_TEST(error->code == "C");
    BOOST_TEST(error->message == "m & n");
    BOOST_TEST(error->region == "r");
    BOOST_TEST(error->request_id == "i");
    BOOST_TEST(read_error("<Error/>")->code == "");
    for (const char* const bad :
         {"", "<Errors/>", "<r><Error/></r>", "junk", "<Error>", "<!DOCTYPE x><Error/>"})
        BOOST_TEST(!read_error(bad), bad);
}

BOOST_AUTO_TEST_CASE(the_id_of_an_upload_is_read_and_may_not_miss) {
    const auto document = [](const std::string& inner) {
        return "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
               inner + "</InitiateMultipartUploadResult>";
    };
    BOOST_TEST(
        *read_upload_id(document("<Bucket>b</Bucket><Key>k</Key><UploadId>VX/n+=.~</UploadId>")) ==
        "VX/n+=.~"
    );
    for (const char* const bad :
         {"", "<UploadId/>", "<UploadId></UploadId>", "<Upload><UploadId>x</UploadId></Upload>"})
        refused(read_upload_id(document(bad)), bad);
}

BOOST_AUTO_TEST_CASE(the_etag_of_a_completed_upload_may_be_empty_but_not_miss) {
    const auto document = [](const std::string& inner) {
        return "<CompleteMultipartUploadResult>" + inner + "</CompleteMultipartUploadResult>";
    };
    BOOST_TEST(*read_completed(document("<ETag>&quot;17-2&quot;</ETag>")) == "\"17-2\"");
    BOOST_TEST(*read_completed(document("<ETag>\"17-2\"</ETag>")) == "\"17-2\"");
    BOOST_TEST(*read_completed(document("<ETag/>")) == "");
    refused(read_completed(document("<Key>k</Key>")), "no ETag");
}

BOOST_AUTO_TEST_CASE(parts_are_read_with_their_checksums) {
    const auto page = read_parts("<ListPartsResult><Part><ETag>&#34;a&#34;</ETag><Size>5</"
                                 "Size><PartNumber>1</PartNumber></Part>"
                                 "<Part><PartNumber>10000</PartNumber><Size>0</Size><ETag>b</ETag>"
                                 "<ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME></Part>"
                                 "<Part><PartNumber>3</PartNumber><Size>1</"
                                 "Size><ChecksumCRC32C>4waSgw==</ChecksumCRC32C></Part>"
                                 "<IsTruncated>true</IsTruncated><NextPartNumberMarker>3</"
                                 "NextPartNumberMarker></ListPartsResult>");
    BOOST_REQUIRE(page.has_value());
    BOOST_REQUIRE(page->parts.size() == 3u);
    BOOST_TEST(page->parts[0].etag == "\"a\"");
    BOOST_TEST(page->parts[0].size == 5u);
    BOOST_TEST((page->parts[0].sum.algorithm == checksum::kind::none));
    BOOST_TEST(page->parts[1].number == 10'000u);
    BOOST_TEST(page->parts[1].sum.value == 0xae8b14860a799888u);
    BOOST_TEST((page->parts[2].sum.algorithm == checksum::kind::crc32c));
    BOOST_TEST(page->next_marker == "3");
}

BOOST_AUTO_TEST_CASE(a_part_that_cannot_be_one_spoils_the_list) {
    for (const char* const bad :
         {"<Part><Size>1</Size></Part>",
          "<Part><PartNumber>1</PartNumber></Part>",
          "<Part><PartNumber>0</PartNumber><Size>1</Size></Part>",
          "<Part><PartNumber>10001</PartNumber><Size>1</Size></Part>",
          "<IsTruncated>true</IsTruncated>"})
        refused(read_parts("<ListPartsResult>" + std::string(bad) + "</ListPartsResult>"), bad);
}

std::string uploads(const std::string& inner) {
    return "<ListMultipartUploadsResult>" + inner + "</ListMultipartUploadsResult>";
}

std::string upload(const std::string& key) {
    return "<Upload><Key>" + key +
           "</Key><UploadId>u1</UploadId><Initiated>2013-05-24T00:00:00.000Z</Initiated></Upload>";
}

std::string only_key(const std::string& inner, const std::string& prefix) {
    const auto page = read_uploads(uploads(inner), prefix);
    BOOST_REQUIRE(page.has_value());
    BOOST_REQUIRE(page->uploads.size() == 1u);
    return page->uploads[0].key;
}

BOOST_AUTO_TEST_CASE(open_uploads_are_read) {
    const auto page = read_uploads(
        uploads(
            "<EncodingType>url</EncodingType>" + upload("p/a%2Bb+c") +
            "<IsTruncated>true</IsTruncated><NextKeyMarker>p/z%25</"
            "NextKeyMarker><NextUploadIdMarker>u9</NextUploadIdMarker>"
        ),
        "p/"
    );
    BOOST_REQUIRE(page.has_value());
    BOOST_REQUIRE(page->uploads.size() == 1u);
    BOOST_TEST(page->uploads[0].key == "p/a+b c");
    BOOST_TEST(page->uploads[0].upload_id == "u1");
    BOOST_TEST(page->uploads[0].initiated == "2013-05-24T00:00:00.000Z");
    BOOST_TEST(page->next_key == "p/z%");
    BOOST_TEST(page->next_upload == "u9");
}

BOOST_AUTO_TEST_CASE(keys_that_ceph_encodes_without_saying_so_are_decoded_by_their_prefix) {
    BOOST_TEST(
        only_key(upload("x%2Fpartition%3D0%2F1.avro"), "x/partition=0/") == "x/partition=0/1.avro"
    );
    BOOST_TEST(only_key(upload("a%20b%2Fc"), "a b/") == "a b/c");
    BOOST_TEST(only_key(upload("x/a%2Fb"), "x/") == "x/a%2Fb");
    BOOST_TEST(only_key(upload("a%2Fb"), "") == "a%2Fb");
    BOOST_TEST(only_key(upload("other%2Fkey"), "x/") == "other%2Fkey");
    BOOST_TEST(only_key(upload("x%2"), "x/") == "x%2");
    BOOST_TEST(
        only_key("<EncodingType>url</EncodingType>" + upload("x%2Fa%252Fb"), "x/") == "x/a%2Fb"
    );
}

BOOST_AUTO_TEST_CASE(an_open_upload_without_key_or_id_spoils_the_list) {
    for (const char* const bad :
         {"<Upload><Key>k</Key></Upload>",
          "<Upload><UploadId>u</UploadId></Upload>",
          "<IsTruncated>true</IsTruncated>",
          "<EncodingType>url</EncodingType><Upload><Key>%</Key><UploadId>u</UploadId></Upload>"})
        refused(read_uploads(uploads(bad), ""), bad);
}

BOOST_AUTO_TEST_CASE(a_completion_names_each_part_with_its_etag_and_checksum) {
    finished_part one, two;
    one.etag = "\"a&<b>\"";
    two.number = 2;
    two.etag = "b";
    two.sum = {checksum::kind::crc64nvme, 0xae8b14860a799888};
    const std::string start =
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Part><PartNumber>1</PartNumber><ETag>&quot;a&amp;&lt;b&gt;&quot;</ETag></Part>"
        "<Part><PartNumber>2</PartNumber><ETag>b</ETag>";
    BOOST_TEST(
        *write_completion({one, two}, true) ==
        start +
            "<ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME></Part></CompleteMultipartUpload>"
    );
    BOOST_TEST(*write_completion({one, two}, false) == start + "</Part></CompleteMultipartUpload>");
}

BOOST_AUTO_TEST_CASE(an_etag_with_control_bytes_cannot_be_sent) {
    finished_part part;
    part.number = 7;
    part.etag = "a\x01";
    const auto body = write_completion({part}, true);
    BOOST_REQUIRE(!body.has_value());
    BOOST_TEST((body.error().code == s3_errc::unsafe_input));
    BOOST_TEST(body.error().where.find("part 7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_region_is_never_named) {
    BOOST_TEST(write_bucket_region("us-east-1") == "");
    BOOST_TEST(write_bucket_region("") == "");
    BOOST_TEST(
        write_bucket_region("eu-1") ==
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>eu-1</LocationConstraint></CreateBucketConfiguration>"
    );
}

BOOST_AUTO_TEST_SUITE_END()
