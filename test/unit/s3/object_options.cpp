// Tests of s3client/src/core/trait_headers.cpp: everything that can be said of an object, as it
// goes over the wire.
#include "built_requests.hpp"
#include "core/response_reader.hpp"
#include "core/trait_headers.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(object_options)

const std::string key_of_32 = "0123456789abcdef0123456789abcdef";
// The base64 of that key and of its MD5, made with Python's base64 and hashlib.
constexpr const char* key_headers =
    "algorithm: AES256\r\n"
    "x-amz-server-side-encryption-customer-key: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\r\n"
    "x-amz-server-side-encryption-customer-key-md5: hRasmdxgYDKV3nvbahU1MA==\r\n";

object_traits all_traits() {
    object_traits traits;
    traits.cache_control = "no-cache";
    traits.content_disposition = "attachment";
    traits.content_encoding = "gzip";
    traits.content_language = "de";
    traits.expires = "Fri, 24 May 2013 00:00:00 GMT";
    traits.storage_class = "STANDARD_IA";
    traits.acl = "bucket-owner-full-control";
    traits.tags = {{"a b", "1&2=3"}, {"\xc3\xa9", ""}};
    traits.protection.algorithm = encryption::kind::kms;
    traits.protection.kms_key_id = "key-id";
    traits.protection.kms_context = "{}";
    traits.protection.bucket_key = true;
    traits.lock.mode = object_lock::kind::governance;
    traits.lock.until = "2030-01-31T00:00:00Z";
    traits.lock.legal_hold = true;
    return traits;
}

constexpr const char* all_headers =
    "cache-control: no-cache\r\ncontent-disposition: attachment\r\ncontent-encoding: gzip\r\n"
    "content-language: de\r\nexpires: Fri, 24 May 2013 00:00:00 GMT\r\n"
    "x-amz-storage-class: STANDARD_IA\r\nx-amz-acl: bucket-owner-full-control\r\n"
    "x-amz-tagging: a%20b=1%262%3D3&%C3%A9=\r\nx-amz-server-side-encryption: aws:kms\r\n"
    "x-amz-server-side-encryption-aws-kms-key-id: key-id\r\n"
    "x-amz-server-side-encryption-context: e30=\r\n"
    "x-amz-server-side-encryption-bucket-key-enabled: true\r\n"
    "x-amz-object-lock-mode: GOVERNANCE\r\n"
    "x-amz-object-lock-retain-until-date: 2030-01-31T00:00:00Z\r\n"
    "x-amz-object-lock-legal-hold: ON\r\n";

template <class Request>
Request request_of() {
    Request what;
    what.bucket = "b";
    what.key = "k";
    return what;
}

put_request put_of() {
    return request_of<put_request>();
}

BOOST_AUTO_TEST_CASE(all_traits_are_headers_of_puts_uploads_and_copies) {
    put_request put = put_of();
    put.traits = all_traits();
    BOOST_TEST(
        wire_text(build_put(put, true)) ==
        std::string("PUT /b/k HTTP/1.1\r\n") + all_headers + "\r\n"
    );
    auto upload = request_of<create_upload_request>();
    upload.traits = all_traits();
    BOOST_TEST(
        wire_text(build_create_upload(upload, true)) ==
        std::string("POST /b/k?uploads= HTTP/1.1\r\n") + all_headers + "\r\n"
    );
}

BOOST_AUTO_TEST_CASE(each_way_of_encryption_has_its_name) {
    const auto name_of = [](encryption::kind how) {
        put_request put = put_of();
        put.traits.protection.algorithm = how;
        put.traits.protection.kms_key_id = "id";
        return wire_text(build_put(put, true));
    };
    BOOST_TEST(name_of(encryption::kind::store_default) == "PUT /b/k HTTP/1.1\r\n\r\n");
    BOOST_TEST(
        name_of(encryption::kind::s3) ==
        "PUT /b/k HTTP/1.1\r\nx-amz-server-side-encryption: AES256\r\n\r\n"
    );
    BOOST_TEST(
        name_of(encryption::kind::kms_dual).find("encryption: aws:kms:dsse\r\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_customer_key_goes_along_with_its_digest_and_is_marked_as_a_secret) {
    const std::string expected =
        std::string("x-amz-server-side-encryption-customer-") + key_headers;
    put_request put = put_of();
    put.secret.bytes = key_of_32;
    BOOST_TEST(wire_text(build_put(put, true)) == "PUT /b/k HTTP/1.1\r\n" + expected + "\r\n");
    BOOST_TEST(build_put(put, true)->carries_secret);
    BOOST_TEST(!build_put(put_of(), true)->carries_secret);
    auto get = request_of<get_request>();
    get.secret.bytes = key_of_32;
    BOOST_TEST(wire_text(build_get(get, false)).find(expected) != std::string::npos);
    BOOST_TEST(build_get(get, false)->carries_secret);
    auto head = request_of<head_request>();
    head.secret.bytes = key_of_32;
    BOOST_TEST(build_head(head, false)->carries_secret);
    auto part = request_of<upload_part_request>();
    part.upload_id = "u";
    part.secret.bytes = key_of_32;
    BOOST_TEST(build_upload_part(part, false)->carries_secret);
    for (const std::size_t size : {1, 31, 33}) {
        put.secret.bytes = std::string(size, 's');
        const auto refused = build_put(put, true);
        refused_as_unsafe(refused, "32 bytes");
        BOOST_TEST(refused.error().where.find("sss") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(terms_go_with_every_kind_of_request) {
    const request_terms terms{"123456789012", true};
    const std::string expected =
        "x-amz-expected-bucket-owner: 123456789012\r\nx-amz-request-payer: requester\r\n";
    const auto asks = [&](const result<request>& made) {
        return wire_text(made).find(expected) != std::string::npos;
    };
    put_request put = put_of();
    put.terms = terms;
    BOOST_TEST(asks(build_put(put, true)));
    auto get = request_of<get_request>();
    get.terms = terms;
    BOOST_TEST(asks(build_get(get, true)));
    auto head = request_of<head_request>();
    head.terms = terms;
    BOOST_TEST(asks(build_head(head, true)));
    auto removal = request_of<remove_request>();
    removal.terms = terms;
    BOOST_TEST(asks(build_remove(removal)));
    list_request list;
    list.bucket = "b";
    list.terms = terms;
    BOOST_TEST(asks(build_list(list)));
    auto part = request_of<upload_part_request>();
    part.upload_id = "u";
    part.terms = terms;
    BOOST_TEST(asks(build_upload_part(part, true)));
    auto done = request_of<complete_upload_request>();
    done.upload_id = "u";
    done.terms = terms;
    BOOST_TEST(asks(build_complete_upload(done, true)));
}

BOOST_AUTO_TEST_CASE(the_terms_of_a_client_go_with_what_says_nothing_itself) {
    const request_terms ours{"123456789012", true};
    const auto text_of = [&](result<request> made) {
        BOOST_REQUIRE(made.has_value());
        add_missing_terms(*made, ours);
        return wire_text(made);
    };
    const std::string owner = "x-amz-expected-bucket-owner: ", payer = "x-amz-request-payer: ";
    const std::string both = owner + "123456789012\r\n" + payer + "requester\r\n";
    list_parts_request parts;
    parts.bucket = "b", parts.key = "k", parts.upload_id = "u";
    list_uploads_request uploads;
    uploads.bucket = "b";
    for (const auto& made :
         {build_list_parts(parts, page_marker()),
          build_list_uploads(uploads, page_marker()),
          build_abort_upload("b", "k", "u"),
          build_get_tags("b", "k", ""),
          build_put_tags("b", "k", "", {{"a", "1"}}),
          build_remove_tags("b", "k", ""),
          build_head_bucket("b"),
          build_remove_bucket("b"),
          build_get_location("b"),
          build_get_lifecycle("b")})
        BOOST_TEST(text_of(made).find(both) != std::string::npos, text_of(made));
    put_request put = put_of();
    put.terms.expected_owner = "999999999999";
    const std::string own = text_of(build_put(put, true));
    BOOST_TEST(own.find(owner + "999999999999\r\n") != std::string::npos, own);
    BOOST_TEST(own.find(owner + "123456789012") == std::string::npos, own);
    BOOST_TEST(own.find(payer + "requester\r\n") != std::string::npos, own);
    BOOST_TEST(text_of(build_create_bucket("b", "")).find(owner) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(versions_and_conditions_of_reads) {
    auto get = request_of<get_request>();
    get.version_id = "v/1+";
    get.if_match = "\"a\"";
    get.only_if.if_none_match = "\"b\"";
    get.only_if.modified_since = std::chrono::sys_seconds(std::chrono::seconds(1'369'353'600));
    get.only_if.unmodified_since = std::chrono::sys_seconds(std::chrono::seconds(951'782'399));
    const std::string conditions = "if-match: \"a\"\r\nif-none-match: \"b\"\r\n"
                                   "if-modified-since: Fri, 24 May 2013 00:00:00 GMT\r\n"
                                   "if-unmodified-since: Mon, 28 Feb 2000 23:59:59 GMT\r\n"
                                   "accept-encoding: identity\r\n\r\n";
    BOOST_TEST(
        wire_text(build_get(get, false)) == "GET /b/k?versionId=v%2F1%2B HTTP/1.1\r\n" + conditions
    );
    auto head = request_of<head_request>();
    head.version_id = get.version_id;
    head.if_match = get.if_match;
    head.only_if = get.only_if;
    BOOST_TEST(
        wire_text(build_head(head, false)) ==
        "HEAD /b/k?versionId=v%2F1%2B HTTP/1.1\r\n" + conditions
    );
}

BOOST_AUTO_TEST_CASE(conditions_of_writes) {
    put_request put = put_of();
    put.if_match = "\"e\"";
    BOOST_TEST(wire_text(build_put(put, true)) == "PUT /b/k HTTP/1.1\r\nif-match: \"e\"\r\n\r\n");
    auto done = request_of<complete_upload_request>();
    done.upload_id = "u";
    done.if_match = "\"e\"";
    BOOST_TEST(
        wire_text(build_complete_upload(done, true)).find("\r\nif-match: \"e\"\r\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(no_line_ends_get_through_any_of_them) {
    const std::string evil = "a\r\nx-evil: y";
    for (std::string object_traits::*const each :
         {&object_traits::cache_control,
          &object_traits::content_disposition,
          &object_traits::content_encoding,
          &object_traits::content_language,
          &object_traits::expires,
          &object_traits::storage_class,
          &object_traits::acl}) {
        put_request put = put_of();
        put.traits.*each = evil;
        refused_as_unsafe(build_put(put, true), "PutObject b/k");
    }
    put_request put = put_of();
    put.traits.protection.algorithm = encryption::kind::kms;
    put.traits.protection.kms_key_id = evil;
    refused_as_unsafe(build_put(put, true), "kms-key-id");
    put = put_of();
    put.traits.lock.mode = object_lock::kind::compliance;
    put.traits.lock.until = evil;
    refused_as_unsafe(build_put(put, true), "retain-until-date");
    put = put_of();
    put.terms.expected_owner = evil;
    refused_as_unsafe(build_put(put, true), "expected-bucket-owner");
    put = put_of();
    put.if_match = evil;
    refused_as_unsafe(build_put(put, true), "if-match");
    auto get = request_of<get_request>();
    get.only_if.if_none_match = evil;
    refused_as_unsafe(build_get(get, true), "if-none-match");
    // These are encoded: any bytes are fine.
    put = put_of();
    put.traits.tags = {{evil, evil}};
    put.traits.protection.algorithm = encryption::kind::kms;
    put.traits.protection.kms_context = evil;
    BOOST_TEST(wire_text(build_put(put, true)).find("x-evil: y") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_sent_is_read_again) {
    response_head head;
    head.status = 200;
    head.content_length = 5;
    head.headers = {
        {"cache-control", "no-cache"},
        {"content-disposition", "attachment"},
        {"content-encoding", "gzip"},
        {"content-language", "de"},
        {"expires", "Fri, 24 May 2013 00:00:00 GMT"},
        {"x-amz-storage-class", "STANDARD_IA"},
        {"x-amz-server-side-encryption", "aws:kms"},
        {"x-amz-server-side-encryption-aws-kms-key-id", "key-id"},
        {"x-amz-server-side-encryption-bucket-key-enabled", "true"},
        {"x-amz-object-lock-mode", "COMPLIANCE"},
        {"x-amz-object-lock-retain-until-date", "2030-01-31T00:00:00Z"},
        {"x-amz-object-lock-legal-hold", "ON"},
        {"x-amz-version-id", "v1"},
        {"x-amz-tagging-count", "2"},
    };
    const auto object = read_object_head(head);
    BOOST_REQUIRE(object.has_value());
    const object_traits& traits = *object->traits;
    BOOST_TEST(traits.cache_control == "no-cache");
    BOOST_TEST(traits.content_disposition == "attachment");
    BOOST_TEST(traits.content_encoding == "gzip");
    BOOST_TEST(traits.content_language == "de");
    BOOST_TEST(traits.expires == "Fri, 24 May 2013 00:00:00 GMT");
    BOOST_TEST(traits.storage_class == "STANDARD_IA");
    BOOST_TEST((traits.protection.algorithm == encryption::kind::kms));
    BOOST_TEST(traits.protection.kms_key_id == "key-id");
    BOOST_TEST(traits.protection.bucket_key);
    BOOST_TEST((traits.lock.mode == object_lock::kind::compliance));
    BOOST_TEST(traits.lock.until == "2030-01-31T00:00:00Z");
    BOOST_TEST(traits.lock.legal_hold);
    BOOST_TEST(object->version_id == "v1");
    BOOST_TEST(object->tag_count == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
