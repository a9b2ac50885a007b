// Tests of what the client can do besides reading and writing: copies, removals, tags, buckets.
#include "io/client_impl.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/listing_walk.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(client_operations)

std::string
reply(const std::string& status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string error_text(const std::string& code) {
    return "<Error><Code>" + code + "</Code><Message>m</Message></Error>";
}

client_options plain_options(const std::string& where = "http://h:9000") {
    client_options options;
    options.where = *parse_endpoint(where);
    options.who = {"AKIAIOSFODNN7EXAMPLE", "canary-secret", "canary-token", false};
    options.limits.retries.transient_base = options.limits.retries.throttle_base = 0ms;
    return options;
}

struct store {
    explicit store(std::vector<std::string> answers, client_options options = plain_options())
        : client(
              context.get_executor(),
              std::move(options),
              std::make_unique<scripted_network>(servers)
          ) {
        servers.resize(1);
        for (std::string& each : answers)
            servers[0].exchanges.emplace_back(std::move(each));
    }
    template <class T>
    T run(task<T> what) {
        return test::run_task(context, std::move(what));
    }
    const std::vector<std::string>& requests() { return servers[0].requests; }

    boost::asio::io_context context;
    std::deque<scripted_server> servers;
    client_impl client;
};

copy_request sample_copy() {
    copy_request what;
    what.from.bucket = what.bucket = "b";
    what.from.key = "a";
    what.key = "k";
    return what;
}

BOOST_AUTO_TEST_CASE(a_copy_tells_etag_time_and_versions) {
    const std::string document =
        "<CopyObjectResult><ETag>\"e\"</ETag><LastModified>t</LastModified></CopyObjectResult>";
    store one(
        {reply("200 OK", document, "x-amz-version-id: v2\r\nx-amz-copy-source-version-id: v1\r\n")}
    );
    const copy_request what = sample_copy();
    const auto copied = one.run(one.client.copy(what, deadline::never()));
    BOOST_REQUIRE(copied.has_value());
    BOOST_TEST(copied->etag == "\"e\"");
    BOOST_TEST(copied->last_modified == "t");
    BOOST_TEST(copied->version_id == "v2");
    BOOST_TEST(copied->source_version_id == "v1");
}

BOOST_AUTO_TEST_CASE(an_error_below_the_200_of_a_copy_is_that_error) {
    const std::string white = "\r\n \n";
    const std::string document = "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>";
    store again({reply("200 OK", white + error_text("SlowDown")), reply("200 OK", white + document)}
    );
    const copy_request what = sample_copy();
    BOOST_TEST(again.run(again.client.copy(what, deadline::never()))->etag == "e");
    store denied({reply("200 OK", error_text("AccessDenied"))});
    const auto refused = denied.run(denied.client.copy(what, deadline::never()));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == s3_errc::access_denied));
    store empty({reply("200 OK", ""), reply("200 OK", ""), reply("200 OK", "")});
    const auto nothing = empty.run(empty.client.copy(what, deadline::never()));
    BOOST_TEST((nothing.error().code == s3_errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(a_part_is_copied) {
    copy_part_request what;
    what.from.bucket = what.bucket = "b";
    what.from.key = "a";
    what.key = "k";
    what.upload_id = "u";
    store one({reply("200 OK", "<CopyPartResult><ETag>e</ETag></CopyPartResult>")});
    BOOST_TEST(one.run(one.client.copy_part(what, deadline::never()))->etag == "e");
    store gone({reply("200 OK", error_text("NoSuchUpload"))});
    const auto refused = gone.run(gone.client.copy_part(what, deadline::never()));
    BOOST_TEST((refused.error().code == s3_errc::no_such_upload));
}

BOOST_AUTO_TEST_CASE(a_removal_of_many_answers_for_each_of_them) {
    remove_many_request what;
    what.bucket = "b";
    what.objects = {{"a", ""}, {"b", ""}};
    const std::string part = "<DeleteResult><Deleted><Key>a</Key></Deleted>";
    const std::string refused = "<Error><Key>b</Key><Code>AccessDenied</Code></Error>";
    store one({reply("200 OK", part + refused + "</DeleteResult>")});
    const auto left = one.run(one.client.remove_many(what, deadline::never()));
    BOOST_REQUIRE(left.has_value());
    BOOST_REQUIRE(left->size() == 1u);
    BOOST_TEST(left->front().key == "b");
    store silent(
        {reply("200 OK", part + "</DeleteResult>"),
         reply("200 OK", part + "</DeleteResult>"),
         reply("200 OK", part + "</DeleteResult>")}
    );
    const auto untold = silent.run(silent.client.remove_many(what, deadline::never()));
    BOOST_REQUIRE(!untold.has_value());
    BOOST_TEST((untold.error().code == s3_errc::malformed_answer));
    store hidden({reply("200 OK", error_text("AccessDenied"))});
    const auto denied = hidden.run(hidden.client.remove_many(what, deadline::never()));
    BOOST_TEST((denied.error().code == s3_errc::access_denied));
}

BOOST_AUTO_TEST_CASE(a_removed_version_is_told) {
    remove_request what;
    what.bucket = "b";
    what.key = "k";
    store one(
        {"HTTP/1.1 204 No Content\r\nx-amz-delete-marker: true\r\nx-amz-version-id: v\r\n\r\n"}
    );
    const auto removed = one.run(one.client.remove_object(what, deadline::never()));
    BOOST_REQUIRE(removed.has_value());
    BOOST_TEST(removed->delete_marker);
    BOOST_TEST(removed->version_id == "v");
    store gone({reply("404 Not Found", error_text("NoSuchKey"))});
    BOOST_TEST(gone.run(gone.client.remove_object(what, deadline::never())).has_value());
    store other({reply("412 Precondition Failed", error_text("PreconditionFailed"))});
    what.if_match = "\"x\"";
    const auto refused = other.run(other.client.remove_object(what, deadline::never()));
    BOOST_TEST((refused.error().code == s3_errc::precondition_failed));
}

BOOST_AUTO_TEST_CASE(a_condition_that_says_the_copy_at_hand_is_right) {
    const std::string same = "HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\n\r\n";
    head_request head;
    head.bucket = "b";
    head.key = "k";
    head.only_if.if_none_match = "\"e\"";
    store one({same});
    const auto unchanged = one.run(one.client.head(head, deadline::never()));
    BOOST_REQUIRE(!unchanged.has_value());
    BOOST_TEST((unchanged.error().code == s3_errc::not_modified));
    get_request get;
    get.bucket = "b";
    get.key = "k";
    get.only_if.if_none_match = "\"e\"";
    store two({same});
    memory_sink sink(10);
    const auto still = two.run(two.client.get(get, sink, deadline::never()));
    BOOST_TEST((still.error().code == s3_errc::not_modified));
    // On a write it is what old servers say for 412.
    store three({"HTTP/1.1 304 Not Modified\r\n\r\n"});
    put_request put;
    put.bucket = "b";
    put.key = "k";
    put.if_none_match = true;
    memory_source source({});
    const auto there = three.run(three.client.put(put, source, deadline::never()));
    BOOST_TEST((there.error().code == s3_errc::precondition_failed));
}

BOOST_AUTO_TEST_CASE(tags_are_set_read_and_removed) {
    store one(
        {reply("200 OK", ""),
         reply(
             "200 OK", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"
         ),
         "HTTP/1.1 204 No Content\r\n\r\n"}
    );
    const tag_map tags = {{"a", "1"}};
    BOOST_TEST(one.run(one.client.set_tags("b", "k", "", tags, deadline::never())).has_value());
    BOOST_TEST((*one.run(one.client.tags("b", "k", "", deadline::never())) == tags));
    const tag_map none;
    BOOST_TEST(one.run(one.client.set_tags("b", "k", "", none, deadline::never())).has_value());
    BOOST_TEST(one.requests()[0].starts_with("PUT /b/k?tagging= HTTP/1.1\r\n"));
    BOOST_TEST(one.requests()[1].starts_with("GET /b/k?tagging= HTTP/1.1\r\n"));
    BOOST_TEST(one.requests()[2].starts_with("DELETE /b/k?tagging= HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_CASE(a_bucket_is_located_and_removed) {
    store one(
        {reply("200 OK", "<LocationConstraint>eu-9</LocationConstraint>"),
         "HTTP/1.1 204 No Content\r\n\r\n",
         reply("404 Not Found", error_text("NoSuchBucket")),
         reply("409 Conflict", error_text("BucketNotEmpty"))}
    );
    BOOST_TEST(*one.run(one.client.bucket_location("b", deadline::never())) == "eu-9");
    BOOST_TEST(one.run(one.client.remove_bucket("b", deadline::never())).has_value());
    BOOST_TEST(one.run(one.client.remove_bucket("b", deadline::never())).has_value());
    const auto full = one.run(one.client.remove_bucket("b", deadline::never()));
    BOOST_TEST((full.error().code == s3_errc::other_client_error));
}

BOOST_AUTO_TEST_CASE(the_first_version_of_listings_goes_on_behind_the_last_key) {
    client_options options = plain_options();
    options.able.list_second_version = false;
    const auto page = [](const std::string& key, bool cut) {
        return reply(
            "200 OK",
            "<ListBucketResult><IsTruncated>" + std::string(cut ? "true" : "false") +
                "</IsTruncated><Contents><Key>" + key +
                "</Key><Size>1</Size></Contents></ListBucketResult>"
        );
    };
    store one({page("a", true), page("b", false), page("a", true)}, std::move(options));
    list_request what;
    what.bucket = "b";
    const auto first = one.run(one.client.list(what, deadline::never()));
    BOOST_TEST(first->next_token == "a");
    what.token = first->next_token;
    BOOST_TEST(one.run(one.client.list(what, deadline::never()))->next_token == "");
    BOOST_TEST(one.requests()[1].find("&marker=a&") != std::string::npos);
    BOOST_TEST(one.requests()[1].find("list-type") == std::string::npos);
    // A marker that does not advance is for the walk to see.
    listing_walk walk(what);
    const auto stuck = one.run(one.client.list(what, deadline::never()));
    const auto taken = walk.take(*stuck);
    BOOST_REQUIRE(!taken.has_value());
    BOOST_TEST((taken.error().code == s3_errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(a_customer_key_is_not_sent_over_an_open_wire) {
    head_request what;
    what.bucket = "b";
    what.key = "k";
    what.secret.bytes = std::string(32, 'K');
    store open({reply("200 OK", "")});
    const auto refused = open.run(open.client.head(what, deadline::never()));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == s3_errc::unsafe_input));
    BOOST_TEST(refused.error().where.find("https://") != std::string::npos);
    BOOST_TEST(refused.error().where.find("KKK") == std::string::npos);
    BOOST_TEST(open.requests().empty());
    for (const char* const where : {"http://127.evil.example", "http://localhost.evil.example"}) {
        store far({reply("200 OK", "")}, plain_options(where));
        BOOST_TEST(!far.run(far.client.head(what, deadline::never())).has_value(), where);
    }
    for (const char* const where : {"http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9"}) {
        store near({reply("200 OK", "")}, plain_options(where));
        BOOST_TEST(near.run(near.client.head(what, deadline::never())).has_value(), where);
    }
}

BOOST_AUTO_TEST_CASE(a_store_that_passes_over_a_customer_key_is_told_once) {
    put_request what;
    what.bucket = "b";
    what.key = "k";
    what.secret.bytes = std::string(32, 'K');
    memory_source body(as_bytes("text"));
    const auto near = plain_options("http://127.0.0.1:9");
    store deaf({reply("200 OK", "", "ETag: \"e\"\r\n")}, near);
    const auto refused = deaf.run(deaf.client.put(what, body, deadline::never()));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == s3_errc::not_implemented));
    BOOST_TEST(refused.error().where.find("PutObject b/k") != std::string::npos);
    BOOST_TEST(refused.error().where.find("without that encryption") != std::string::npos);
    BOOST_TEST(deaf.requests().size() == 1u);
    const std::string used = "x-amz-server-side-encryption-customer-algorithm: AES256\r\n";
    store heeds({reply("200 OK", "", "ETag: \"e\"\r\n" + used)}, near);
    BOOST_TEST(heeds.run(heeds.client.put(what, body, deadline::never())).has_value());
}

BOOST_AUTO_TEST_CASE(a_presigned_url_leads_to_the_bucket_and_keeps_the_secret) {
    store one({});
    presign_request what;
    what.what = presign_request::kind::upload_part;
    what.bucket = "b";
    what.key = "k/\xc3\xa9";
    what.upload_id = "u+";
    what.part_number = 2;
    const auto url = one.client.presign(what);
    BOOST_REQUIRE(url.has_value());
    BOOST_TEST(url->starts_with("http://h:9000/b/k/%C3%A9?X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
    BOOST_TEST(url->find("&partNumber=2&uploadId=u%2B&X-Amz-Signature=") != std::string::npos);
    BOOST_TEST(url->find("canary-secret") == std::string::npos);
    what.key = "";
    BOOST_TEST((one.client.presign(what).error().code == s3_errc::unsafe_input));
    what.key = "k";
    what.upload_id = "";
    BOOST_TEST((one.client.presign(what).error().code == s3_errc::unsafe_input));
    endpoint evil = *parse_endpoint("http://h:9000");
    evil.host = "h\r\nx-evil: y";
    what.what = presign_request::kind::get;
    const std::chrono::sys_seconds now{};
    BOOST_TEST(
        (presign(what, evil, {"a", "b", "", false}, now).error().code == s3_errc::unsafe_input)
    );
    what.what = presign_request::kind::put;
    what.content_type = "a\r\nb: c";
    BOOST_TEST((one.client.presign(what).error().code == s3_errc::unsafe_input));
}

BOOST_AUTO_TEST_SUITE_END()
