// Tests of s3client/src/io/client*.cpp and the pool: whole calls against servers by script.
#include "http_texts.hpp"
#include "io/client_impl.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/listing_walk.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(client_calls)

const std::string xmlns = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

std::string
reply(const std::string& status, const std::string& headers = "", const std::string& body = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string
error_reply(const std::string& status, const std::string& code, const std::string& headers = "") {
    return reply(status, headers, "<Error><Code>" + code + "</Code></Error>");
}

const std::string stored = reply("200 OK", "ETag: \"e\"\r\n");

scripted_server answering(std::vector<std::string> texts) {
    scripted_server server;
    for (std::string& each : texts)
        server.exchanges.emplace_back(std::move(each));
    return server;
}

/// Anonymous (what is sent then depends on no clock), path style, no pauses between tries.
client_options plain_options() {
    client_options options;
    options.where = *parse_endpoint("http://h:9000");
    options.who.anonymous = true;
    options.limits.retries.transient_base = options.limits.retries.throttle_base = 0ms;
    return options;
}

client_options signing_options() {
    client_options options = plain_options();
    options.who = {"AKIAIOSFODNN7EXAMPLE", "secret", "", false};
    return options;
}

struct store {
    explicit store(std::vector<scripted_server> scripts, client_options options = plain_options())
        : servers(scripts.begin(), scripts.end()),
          client(
              context.get_executor(),
              std::move(options),
              std::make_unique<scripted_network>(servers)
          ) {}

    result<put_receipt> put(const std::string& body, bool if_none_match = false) {
        put_request what;
        what.bucket = "b";
        what.key = "k";
        what.if_none_match = if_none_match;
        memory_source source(as_bytes(body));
        return test::run_task(context, client.put(what, source, deadline::never()));
    }
    result<object_head> get(body_sink& to, get_request what = get_request()) {
        what.bucket = "b";
        what.key = "k";
        return test::run_task(context, client.get(what, to, deadline::never()));
    }
    result<std::string> complete() {
        complete_upload_request what;
        what.bucket = "b";
        what.key = "k";
        what.upload_id = "u";
        what.parts.resize(1);
        what.parts[0].etag = "\"e\"";
        return test::run_task(context, client.complete_upload(what, deadline::never()));
    }
    result<object_head> head() {
        return test::run_task(context, client.head("b", "k", deadline::never()));
    }
    result<void> remove() {
        return test::run_task(context, client.remove("b", "k", deadline::never()));
    }
    result<void> abort() {
        return test::run_task(context, client.abort_upload("b", "k", "u", deadline::never()));
    }
    result<list_page> list(const std::string& token = "") {
        list_request what;
        what.bucket = "b";
        what.token = token;
        return test::run_task(context, client.list(what, deadline::never()));
    }
    result<std::vector<finished_part>> parts() {
        list_parts_request what;
        what.bucket = "b";
        what.key = "k";
        what.upload_id = "u";
        return test::run_task(context, client.list_parts(what, deadline::never()));
    }
    result<std::vector<open_upload>> uploads() {
        list_uploads_request what;
        what.bucket = "b";
        return test::run_task(context, client.list_uploads(what, deadline::never()));
    }
    /// All requests in the order of connections.
    std::vector<std::string> requests() const {
        std::vector<std::string> all;
        for (const scripted_server& each : servers)
            all.insert(all.end(), each.requests.begin(), each.requests.end());
        return all;
    }

    boost::asio::io_context context;
    std::deque<scripted_server> servers;
    client_impl client;
};

template <class T>
s3_errc code_of(const result<T>& outcome) {
    BOOST_REQUIRE(outcome.has_error());
    BOOST_REQUIRE((outcome.error().code.category() == s3_category()));
    return static_cast<s3_errc>(outcome.error().code.value());
}

client_options tries(unsigned most, client_options options = plain_options()) {
    options.limits.retries.max_attempts = most;
    return options;
}

BOOST_AUTO_TEST_CASE(a_put_is_these_bytes) {
    store s({answering({stored})});
    BOOST_TEST(s.put("hello", true)->etag == "\"e\"");
    BOOST_TEST(
        s.requests()[0] == "PUT /b/k HTTP/1.1\r\nhost: h:9000\r\nuser-agent: "
                           "sluice\r\ncontent-length: 5\r\nif-none-match: *\r\n\r\nhello"
    );
}

BOOST_AUTO_TEST_CASE(requests_without_a_body_have_no_length_and_those_that_could_have_one_do) {
    const std::string list = reply("200 OK", "", "<ListBucketResult/>");
    store s({answering({list, reply("204 No Content"), reply("200 OK")})});
    BOOST_REQUIRE(s.list());
    BOOST_REQUIRE(s.remove());
    BOOST_REQUIRE(s.head());
    for (const std::string& each : s.requests())
        BOOST_TEST(each.find("content-length") == std::string::npos, each);
    store empty({answering({stored})});
    BOOST_REQUIRE(empty.put(""));
    BOOST_TEST(header_in(empty.requests()[0], "content-length") == "0");
}

BOOST_AUTO_TEST_CASE(a_kept_connection_carries_the_next_request) {
    store s({answering({stored, stored, stored})});
    for (int each = 0; each < 3; ++each)
        BOOST_REQUIRE(s.put("x"));
    BOOST_TEST(s.client.stats().connections_opened == 1u);
    BOOST_TEST(s.client.stats().connections_idle == 1u);
    BOOST_TEST(s.client.stats().requests == 3u);
    BOOST_TEST(!s.servers[0].closed);
    s.client.close();
    BOOST_TEST(s.servers[0].closed);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_that_looks_closed_is_not_used) {
    scripted_server first = answering({stored});
    first.end_shows = true;
    store s({first, answering({stored})}, tries(1));
    BOOST_REQUIRE(s.put("x"));
    BOOST_REQUIRE(s.put("y"));
    BOOST_TEST(s.servers[0].requests.size() == 1u);
    BOOST_TEST(s.client.stats().retries == 0u);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_died_is_replaced_once_and_that_is_no_try) {
    for (const error_code end :
         {error_code(boost::asio::error::eof), error_code(boost::asio::error::connection_reset)}) {
        scripted_server first = answering({stored});
        first.at_end = end;
        store s({first, answering({stored})}, tries(1));
        BOOST_REQUIRE(s.put("one"));
        BOOST_REQUIRE(s.put("two"));
        BOOST_TEST(s.servers[0].closed);
        BOOST_TEST(s.servers[1].requests[0].ends_with("\r\n\r\ntwo"));
        BOOST_TEST(s.client.stats().connections_opened == 2u);
        BOOST_TEST(s.client.stats().retries == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_fresh_connection_that_dies_is_a_try) {
    store s({answering({}), answering({stored})}, tries(1));
    BOOST_TEST((code_of(s.put("x")) == s3_errc::connection_lost));
    store again({answering({}), answering({stored})}, tries(2));
    BOOST_TEST(again.put("x").has_value());
}

BOOST_AUTO_TEST_CASE(once_is_once) {
    store s({answering({stored}), answering({}), answering({stored})}, tries(1));
    BOOST_REQUIRE(s.put("x"));
    BOOST_TEST((code_of(s.put("y")) == s3_errc::connection_lost));
    BOOST_TEST(s.client.stats().connections_opened == 2u);
}

BOOST_AUTO_TEST_CASE(what_may_have_happened_is_not_repeated_unasked) {
    store put({answering({stored}), answering({stored})}, tries(1));
    BOOST_REQUIRE(put.put("x"));
    BOOST_TEST((code_of(put.put("y", true)) == s3_errc::connection_lost));
    store complete({answering({stored}), answering({stored})});
    BOOST_REQUIRE(complete.put("x"));
    BOOST_TEST((code_of(complete.complete()) == s3_errc::connection_lost));
    BOOST_TEST(complete.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_had_begun_is_no_dead_connection) {
    store s({answering({stored, "HTTP/1.1 200"}), answering({stored})}, tries(1));
    BOOST_REQUIRE(s.put("x"));
    BOOST_TEST((code_of(s.put("y")) == s3_errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(an_early_refusal_is_reported_and_its_connection_not_kept) {
    for (const bool reset : {false, true}) {
        scripted_server server = answering({error_reply("403 Forbidden", "AccessDenied"), stored});
        (reset ? server.exchanges[0].reset_after : server.exchanges[0].early_after) = 200;
        store s({server, answering({stored})}, tries(1));
        BOOST_TEST((code_of(s.put(std::string(100'000, 'x'))) == s3_errc::access_denied));
        BOOST_TEST(s.servers[0].requests[0].size() == 200u);
        BOOST_TEST(s.servers[0].closed);
        BOOST_TEST(s.client.stats().connections_idle == 0u);
        BOOST_TEST(s.put("y").has_value());
        BOOST_TEST(s.servers[1].requests.size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(an_early_success_is_none) {
    scripted_server server = answering({stored});
    server.exchanges[0].early_after = 200;
    store s({server}, tries(1));
    BOOST_TEST((code_of(s.put(std::string(100'000, 'x'))) == s3_errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(a_throttled_put_sends_its_whole_body_again) {
    scripted_server server = answering({error_reply("503 Slow Down", "SlowDown")});
    server.exchanges[0].early_after = 200;
    store s({server, answering({stored})});
    const std::string body(100'000, 'x');
    BOOST_REQUIRE(s.put(body));
    BOOST_TEST(s.servers[1].requests[0].ends_with("\r\n\r\n" + body));
    BOOST_TEST(s.client.stats().throttled == 1u);
}

BOOST_AUTO_TEST_CASE(an_error_in_pieces_of_any_size_is_read_whole) {
    const std::string answer = error_reply("400 Bad Request", "BadDigest");
    for (std::size_t slice = 1; slice <= answer.size(); ++slice) {
        scripted_server server = answering({answer, stored});
        server.slice = slice;
        store s({server}, tries(1));
        BOOST_TEST_CONTEXT(slice) {
            BOOST_TEST((code_of(s.put("x")) == s3_errc::bad_digest));
            BOOST_REQUIRE(s.put("y"));
            BOOST_TEST(s.client.stats().connections_opened == 1u);
        }
    }
}

BOOST_AUTO_TEST_CASE(interim_answers_are_passed_over) {
    scripted_server server = answering({"HTTP/1.1 100 Continue\r\n\r\n" + stored, stored});
    server.slice = 1;
    store s({server});
    BOOST_REQUIRE(s.put("x"));
    BOOST_REQUIRE(s.put("y"));
    BOOST_TEST(s.client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(a_head_has_no_body_whatever_its_length_says) {
    store s(
        {answering(
            {"HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 1000\r\n\r\n",
             "HTTP/1.1 404 Not Found\r\nContent-Length: 300\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"}
        )},
        tries(1)
    );
    BOOST_TEST(s.head()->size == 1000u);
    BOOST_TEST((code_of(s.head()) == s3_errc::no_such_key));
    BOOST_TEST(s.head()->size == 1u);
    BOOST_TEST(s.client.stats().connections_opened == 1u);
}

const std::string object_bytes = "0123456789abcdefghij";

/// A server of one object, honouring ranges and If-Match.
std::string serve_object(const std::string& request) {
    const std::string match = header_in(request, "if-match"), range = header_in(request, "range");
    if (!match.empty() && match != "\"e\"")
        return error_reply("412 Precondition Failed", "PreconditionFailed");
    if (range.empty()) return reply("200 OK", "ETag: \"e\"\r\n", object_bytes);
    const std::size_t first = std::stoul(range.substr(6)),
                      last = std::stoul(range.substr(range.find('-') + 1));
    return reply(
        "206 Partial Content",
        "ETag: \"e\"\r\nContent-Range: bytes " + std::to_string(first) + "-" +
            std::to_string(last) + "/20\r\n",
        object_bytes.substr(first, last - first + 1)
    );
}

scripted_server serving_object(std::size_t cut = SIZE_MAX) {
    scripted_server server;
    server.exchanges.emplace_back([cut](const std::string& request) {
        return serve_object(request).substr(0, cut);
    });
    return server;
}

/// Counts how often it was begun.
class counting_sink final : public body_sink {
  public:
    result<void> begin(std::uint64_t size) override {
        ++begun;
        return inner.begin(size);
    }
    bytes_span room(std::size_t most) override { return inner.room(most); }
    result<void> took(std::size_t n) override {
        bytes += n;
        return inner.took(n);
    }
    memory_sink inner{1000};
    int begun = 0;
    std::size_t bytes = 0;
};

BOOST_AUTO_TEST_CASE(a_get_cut_anywhere_continues_where_it_was) {
    const std::size_t whole = serve_object("\r\n").size(), head = whole - object_bytes.size();
    for (const std::size_t slice : {std::size_t{1}, std::size_t{SIZE_MAX}})
        for (std::size_t cut = 0; cut < whole; ++cut) {
            scripted_server first = serving_object(cut);
            first.slice = slice;
            store s({first, serving_object()});
            counting_sink sink;
            const auto got = s.get(sink);
            BOOST_TEST_CONTEXT(cut) {
                BOOST_REQUIRE(got.has_value());
                BOOST_TEST(got->size == 20u);
                BOOST_TEST(as_text(sink.inner.bytes()) == object_bytes);
                BOOST_TEST(sink.bytes == 20u);
                const std::string& second = s.servers[1].requests.at(0);
                const bool continued = cut > head;
                BOOST_TEST(header_in(second, "if-match") == (continued ? "\"e\"" : ""));
                const std::string rest = "bytes=" + std::to_string(cut - head) + "-19";
                BOOST_TEST(header_in(second, "range") == (continued ? rest : ""));
                BOOST_TEST(s.client.stats().connections_idle == 1u);
            }
        }
}

BOOST_AUTO_TEST_CASE(an_object_replaced_amid_a_get_is_noticed) {
    const std::string other = error_reply("412 Precondition Failed", "PreconditionFailed");
    store s({serving_object(serve_object("\r\n").size() - 5), answering({other})});
    counting_sink sink;
    BOOST_TEST((code_of(s.get(sink)) == s3_errc::changed));
    BOOST_TEST(sink.begun == 1);
    get_request mine;
    mine.if_match = "\"old\"";
    store conditional({serving_object()});
    BOOST_TEST((code_of(conditional.get(sink, mine)) == s3_errc::changed));
    BOOST_TEST(conditional.requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_range_that_was_not_asked_for_never_reaches_the_sink) {
    store s({answering({serve_object("\r\n")}), answering({serve_object("\r\n")})});
    get_request what;
    what.range = byte_range{5, 5};
    counting_sink sink;
    BOOST_TEST((code_of(s.get(sink, what)) == s3_errc::unexpected_range));
    BOOST_TEST(sink.begun == 0);
    BOOST_TEST(s.client.stats().connections_idle == 0u);
}

BOOST_AUTO_TEST_CASE(a_sink_that_refuses_ends_the_call_at_once) {
    store s({serving_object(), serving_object()});
    memory_sink small(5);
    const auto got = s.get(small);
    BOOST_REQUIRE(got.has_error());
    BOOST_TEST((got.error().code == errc::limit_exceeded));
    BOOST_TEST(s.requests().size() == 1u);
}

/// A call, its good answer, and whether a lost answer is tried again.
struct swept {
    const char* name;
    std::function<bool(store&)> works;
    std::string good;
    bool retried;
};

std::vector<swept> sweep() {
    const std::string parts =
        "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>1</Size></Part></ListPartsResult>";
    const std::string complete =
        "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
    return {
        {"put", [](store& s) { return s.put("x").has_value(); }, stored, true},
        {"head",
         [](store& s) { return s.head().has_value(); },
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
         true},
        {"remove",
         [](store& s) { return s.remove().has_value(); },
         "HTTP/1.1 204 No Content\r\n\r\n",
         true},
        {"list",
         [](store& s) { return s.list().has_value(); },
         reply("200 OK", "", "<ListBucketResult" + xmlns + "></ListBucketResult>"),
         true},
        {"abort",
         [](store& s) { return s.abort().has_value(); },
         "HTTP/1.1 204 No Content\r\n\r\n",
         true},
        {"parts", [](store& s) { return s.parts().has_value(); }, reply("200 OK", "", parts), true},
        {"uploads",
         [](store& s) { return s.uploads().has_value(); },
         reply("200 OK", "", "<ListMultipartUploadsResult/>"),
         true},
        {"complete",
         [](store& s) { return s.complete().has_value(); },
         reply("200 OK", "", complete),
         false},
    };
}

BOOST_AUTO_TEST_CASE(every_call_survives_an_answer_cut_anywhere_or_gives_it_back) {
    for (const swept& each : sweep())
        for (std::size_t cut = 0; cut < each.good.size(); ++cut) {
            store s({answering({each.good.substr(0, cut)}), answering({each.good})}, tries(2));
            BOOST_TEST_CONTEXT(each.name << " cut at " << cut) {
                BOOST_TEST(each.works(s) == each.retried);
                BOOST_TEST(s.requests().size() == (each.retried ? 2u : 1u));
                BOOST_TEST(s.servers[0].closed);
                BOOST_TEST(s.client.stats().connections_idle == (each.retried ? 1u : 0u));
                BOOST_TEST(s.client.stats().connections_busy == 0u);
            }
        }
}

BOOST_AUTO_TEST_CASE(every_call_takes_its_answer_byte_by_byte) {
    for (const swept& each : sweep()) {
        scripted_server server = answering({each.good, each.good});
        server.slice = 1;
        server.blocks = true;
        store s({server}, tries(1));
        BOOST_TEST(each.works(s), each.name);
        BOOST_TEST(each.works(s), each.name);
        BOOST_TEST(s.client.stats().connections_opened == 1u, each.name);
    }
}

BOOST_AUTO_TEST_CASE(a_412_is_not_tried_again) {
    const std::string refusal = error_reply("412 Precondition Failed", "PreconditionFailed");
    store s({answering({refusal, stored})});
    BOOST_TEST((code_of(s.put("x", true)) == s3_errc::precondition_failed));
    store bare({answering({"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n", stored}
    )});
    BOOST_TEST((code_of(bare.put("x", true)) == s3_errc::precondition_failed));
    BOOST_TEST(bare.requests().size() == 1u);
    BOOST_TEST(bare.client.stats().connections_idle == 1u);
}

BOOST_AUTO_TEST_CASE(a_checksum_that_is_wrong_on_purpose_is_refused_once) {
    const std::string refusal = error_reply("400 Bad Request", "BadDigest");
    put_request what;
    what.bucket = "b";
    what.key = "k";
    what.sum.algorithm = checksum::kind::crc64nvme;
    for (const bool meant : {true, false}) {
        store s({answering({refusal, refusal, refusal})});
        what.sum_is_wrong = meant;
        memory_source source(as_bytes(std::string_view("x")));
        const auto put = test::run_task(s.context, s.client.put(what, source, deadline::never()));
        BOOST_TEST((code_of(put) == s3_errc::bad_digest));
        BOOST_TEST(s.requests().size() == (meant ? 1u : 3u));
        BOOST_TEST(s.client.stats().retries == (meant ? 0u : 2u));
    }
    // Anything else is tried again all the same.
    store s({answering({error_reply("503 Slow Down", "SlowDown"), refusal})});
    what.sum_is_wrong = true;
    memory_source source(as_bytes(std::string_view("x")));
    const auto put = test::run_task(s.context, s.client.put(what, source, deadline::never()));
    BOOST_TEST((code_of(put) == s3_errc::bad_digest));
    BOOST_TEST(s.client.stats().retries == 1u);
}

BOOST_AUTO_TEST_CASE(the_condition_goes_with_every_try) {
    store s({answering({error_reply("500 Oops", "InternalError"), stored})});
    BOOST_REQUIRE(s.put("x", true));
    for (const std::string& each : s.requests())
        BOOST_TEST(header_in(each, "if-none-match") == "*");
}

BOOST_AUTO_TEST_CASE(tries_end) {
    const std::string oops = reply("500 Internal Server Error");
    store s({answering({oops, oops, oops, stored})});
    const auto put = s.put("x");
    BOOST_TEST((code_of(put) == s3_errc::internal_error));
    BOOST_TEST(put.error().where.find("PutObject b/k at h:9000") != std::string::npos);
    BOOST_TEST(put.error().peer_text == "HTTP status 500");
    BOOST_TEST(s.requests().size() == 3u);
    BOOST_TEST(s.client.stats().retries == 2u);
}

BOOST_AUTO_TEST_CASE(removing_what_is_not_there_is_no_failure) {
    store s({answering(
        {error_reply("404 Not Found", "NoSuchKey"),
         error_reply("404 Not Found", "NoSuchUpload"),
         error_reply("404 Not Found", "NoSuchBucket")}
    )});
    BOOST_TEST(s.remove().has_value());
    BOOST_TEST(s.abort().has_value());
    BOOST_TEST((code_of(s.remove()) == s3_errc::no_such_bucket));
}

BOOST_AUTO_TEST_CASE(an_error_below_the_200_of_a_completion_is_that_error) {
    const auto completes = [](const std::string& first) {
        store s({answering(
            {first,
             reply(
                 "200 OK",
                 "",
                 "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
             )}
        )});
        const auto done = s.complete();
        return std::make_pair(done ? s3_errc{} : code_of(done), s.requests().size());
    };
    const auto hidden = [](const std::string& code) {
        return reply("200 OK", "", "  \n<Error><Code>" + code + "</Code></Error>");
    };
    BOOST_TEST((
        completes(hidden("NoSuchUpload")) == std::make_pair(s3_errc::no_such_upload, std::size_t{1})
    ));
    BOOST_TEST(
        (completes(hidden("PreconditionFailed")) ==
         std::make_pair(s3_errc::precondition_failed, std::size_t{1}))
    );
    BOOST_TEST(
        (completes(hidden("InternalError")) ==
         std::make_pair(s3_errc::internal_error, std::size_t{1}))
    );
    BOOST_TEST(
        (completes(hidden("Unheard")) == std::make_pair(s3_errc::internal_error, std::size_t{1}))
    );
    BOOST_TEST((completes(hidden("SlowDown")) == std::make_pair(s3_errc{}, std::size_t{2})));
    BOOST_TEST(
        (completes(reply("500 Oops")) == std::make_pair(s3_errc::internal_error, std::size_t{1}))
    );
    BOOST_TEST(
        (completes(reply("200 OK")) == std::make_pair(s3_errc::malformed_answer, std::size_t{1}))
    );
    BOOST_TEST(
        (completes(error_reply("409 Conflict", "ConditionalRequestConflict")) ==
         std::make_pair(s3_errc::conditional_conflict, std::size_t{1}))
    );
}

BOOST_AUTO_TEST_CASE(a_success_without_its_etag_or_document_is_tried_again) {
    store put({answering({reply("200 OK"), stored})});
    BOOST_TEST(put.put("x")->etag == "\"e\"");
    store list(
        {answering({reply("200 OK", "", "<html/>"), reply("200 OK", "", "<ListBucketResult/>")})}
    );
    BOOST_TEST(list.list().has_value());
    BOOST_TEST(list.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(whether_a_listing_advances_is_for_the_walk_to_say) {
    const std::string same = reply(
        "200 OK",
        "",
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</"
        "NextContinuationToken></ListBucketResult>"
    );
    store s({answering({same, same})});
    listing_walk walk(list_request{});
    BOOST_TEST(walk.take(*s.list()).has_value());
    BOOST_TEST((code_of(walk.take(*s.list(walk.request().token))) == s3_errc::malformed_answer));
    BOOST_TEST(s.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(all_pages_of_parts_and_uploads_are_fetched) {
    const std::string part = "<Part><PartNumber>1</PartNumber><Size>1</Size></Part>";
    const std::string more =
        "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>";
    const auto parts = [](const std::string& inner) {
        return reply("200 OK", "", "<ListPartsResult>" + inner + "</ListPartsResult>");
    };
    store s({answering({parts(part + more), parts(part)})});
    BOOST_TEST(s.parts()->size() == 2u);
    BOOST_TEST(s.requests()[1].find("part-number-marker=1&") != std::string::npos);
    store stuck({answering({parts(part + more), parts(part + more)})});
    BOOST_TEST((code_of(stuck.parts()) == s3_errc::malformed_answer));

    const std::string upload = "<Upload><Key>k</Key><UploadId>u</UploadId></Upload>";
    const std::string next = "<IsTruncated>true</IsTruncated><NextKeyMarker>k</"
                             "NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>";
    const auto uploads = [](const std::string& inner) {
        return reply(
            "200 OK", "", "<ListMultipartUploadsResult>" + inner + "</ListMultipartUploadsResult>"
        );
    };
    store open({answering({uploads(upload + next), uploads(upload)})});
    BOOST_TEST(open.uploads()->size() == 2u);
    BOOST_TEST(open.requests()[1].find("key-marker=k&") != std::string::npos);
    BOOST_TEST(open.requests()[1].find("upload-id-marker=u&") != std::string::npos);
    store circling({answering({uploads(upload + next), uploads(upload + next)})});
    BOOST_TEST((code_of(circling.uploads()) == s3_errc::malformed_answer));
    // A circle of several pages, and one that leads back to a key before.
    const auto more_parts = [&](const std::string& marker) {
        return parts(
            part + "<IsTruncated>true</IsTruncated><NextPartNumberMarker>" + marker +
            "</NextPartNumberMarker>"
        );
    };
    store around({answering({more_parts("1"), more_parts("2"), more_parts("1"), parts(part)})});
    BOOST_TEST((code_of(around.parts()) == s3_errc::malformed_answer));
    const auto more_uploads = [&](const std::string& key, const std::string& id) {
        return uploads(
            "<IsTruncated>true</IsTruncated><NextKeyMarker>" + key +
            "</NextKeyMarker><NextUploadIdMarker>" + id + "</NextUploadIdMarker>"
        );
    };
    store back({answering({more_uploads("k", "u"), more_uploads("a", "u"), uploads("")})});
    BOOST_TEST((code_of(back.uploads()) == s3_errc::malformed_answer));
    store ids({answering(
        {more_uploads("k", "z"), more_uploads("k", "a"), more_uploads("k", "z"), uploads("")}
    )});
    BOOST_TEST((code_of(ids.uploads()) == s3_errc::malformed_answer));
    store onward({answering({more_uploads("k", "z"), more_uploads("k", "a"), uploads("")})});
    BOOST_TEST(onward.uploads().has_value());
}

const std::string first_version =
    "<ListBucketResult><Marker></Marker><IsTruncated>false</IsTruncated></ListBucketResult>";

BOOST_AUTO_TEST_CASE(a_store_without_the_second_version_of_listings_is_asked_in_the_first) {
    const std::string page = "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a+</"
                             "Key><Size>1</Size></Contents></ListBucketResult>";
    for (const std::string& unknown :
         {error_reply("501 Not Implemented", "NotImplemented"),
          reply("200 OK", "", first_version),
          reply("200 OK", "", page)}) {
        store s({answering({unknown, reply("200 OK", "", page), reply("200 OK", "", first_version)}
        )});
        const auto one = s.list();
        BOOST_REQUIRE_MESSAGE(one.has_value(), unknown);
        BOOST_TEST(one->next_token == "a+");
        BOOST_TEST(s.list(one->next_token)->objects.empty());
        BOOST_REQUIRE(s.requests().size() == 3u);
        BOOST_TEST(s.requests()[0].find("list-type=2") != std::string::npos);
        BOOST_TEST(s.requests()[1].find("list-type=2") == std::string::npos);
        BOOST_TEST(s.requests()[2].find("marker=a%2B&") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_store_that_has_given_a_token_is_not_asked_in_another_version) {
    const std::string page = reply(
        "200 OK",
        "",
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</"
        "NextContinuationToken></ListBucketResult>"
    );
    const std::string no = error_reply("501 Not Implemented", "NotImplemented");
    store s({answering({page, no, no, reply("200 OK", "", first_version)})});
    BOOST_REQUIRE(s.list().has_value());
    BOOST_TEST((code_of(s.list("t")) == s3_errc::not_implemented));
    BOOST_TEST((code_of(s.list()) == s3_errc::not_implemented));
    BOOST_TEST(s.list().has_value());
    BOOST_TEST(s.requests().back().find("list-type=2") != std::string::npos);

    // Nor one of which the owner knows what it can do.
    store told({answering({no, reply("200 OK", "", first_version)})});
    told.client.set_capabilities(capabilities());
    BOOST_TEST((code_of(told.list()) == s3_errc::not_implemented));
}

BOOST_AUTO_TEST_CASE(the_region_that_the_store_names_is_used_from_then_on) {
    const std::string elsewhere = error_reply(
        "400 Bad Request", "AuthorizationHeaderMalformed", "x-amz-bucket-region: eu-west-3\r\n"
    );
    store s({answering({elsewhere, stored, stored})}, tries(1, signing_options()));
    BOOST_REQUIRE(s.put("x"));
    BOOST_REQUIRE(s.put("y"));
    const auto scope_of = [&](std::size_t at) {
        return header_in(s.requests().at(at), "authorization");
    };
    BOOST_TEST(scope_of(0).find("/us-east-1/s3/") != std::string::npos);
    BOOST_TEST(scope_of(1).find("/eu-west-3/s3/") != std::string::npos);
    BOOST_TEST(scope_of(2).find("/eu-west-3/s3/") != std::string::npos);
    store circling({answering({elsewhere, elsewhere, stored})}, tries(3, signing_options()));
    BOOST_TEST((code_of(circling.put("x")) == s3_errc::wrong_region));
    BOOST_TEST(circling.requests().size() == 2u);
}

/// So many calls against a server that is out of order; how many requests that were.
std::size_t requests_of_calls(store& s, std::size_t calls) {
    const std::size_t before = s.requests().size();
    for (std::size_t n = 0; n < calls; ++n)
        BOOST_TEST(!s.head());
    return s.requests().size() - before;
}

scripted_server out_of_order() {
    return answering(std::vector<std::string>(500, reply("500 Internal Server Error")));
}

BOOST_AUTO_TEST_CASE(what_retries_may_cost_is_shared_by_all_clients_of_a_server_and_by_no_other) {
    const auto budgets = std::make_shared<retry_budgets>();
    const auto to = [&budgets](const std::string& url) {
        client_options options = tries(2);
        options.where = *parse_endpoint(url);
        options.budgets = budgets;
        return options;
    };
    // A retry costs 14 of 500 tokens: 35 are allowed, whoever needs them.
    store first({out_of_order()}, to("http://h:9000")),
        second({out_of_order()}, to("http://h:9000"));
    store other_port({out_of_order()}, to("http://h:9001"));
    BOOST_TEST(requests_of_calls(first, 20) == 40u);
    BOOST_TEST(requests_of_calls(second, 20) == 35u);
    BOOST_TEST(requests_of_calls(first, 5) == 5u);
    BOOST_TEST(requests_of_calls(other_port, 20) == 40u);
    store own({out_of_order()}, tries(2));
    BOOST_TEST(requests_of_calls(own, 20) == 40u);
}

BOOST_AUTO_TEST_CASE(a_bucket_that_moved_is_retried_at_the_expense_of_its_own_server) {
    client_options options = tries(2, signing_options());
    options.where = aws_endpoint("us-east-1");
    options.budgets = std::make_shared<retry_budgets>();
    const auto left = [&](const std::string& region) {
        return options.budgets->of(aws_endpoint(region).host + ":443")->left();
    };
    const std::string moved = reply("301 Moved Permanently", "x-amz-bucket-region: eu-west-3\r\n");
    std::vector<scripted_server> servers = {answering({moved}), out_of_order()};
    store s(servers, options);
    BOOST_TEST(requests_of_calls(s, 3) == 7u);
    BOOST_TEST(left("us-east-1") == 500u);
    BOOST_TEST(left("eu-west-3") == 500u - 3 * 14u);
}

BOOST_AUTO_TEST_CASE(a_range_that_was_not_asked_for_is_asked_for_again_exactly_once) {
    const std::string whole = reply("200 OK", "ETag: \"e\"\r\n", "0123456789");
    const auto part = [](const std::string& range) {
        return reply(
            "206 Partial Content", "ETag: \"e\"\r\nContent-Range: " + range + "\r\n", "234"
        );
    };
    get_request what;
    what.range = byte_range{2, 3};
    for (const std::string& odd : {whole, part("bytes 3-5/10"), part("bytes 2-4/2"), part("")}) {
        memory_sink sink(100);
        store once({answering({odd}), answering({part("bytes 2-4/10")})}, tries(1));
        BOOST_TEST(once.get(sink, what).has_value());
        BOOST_TEST((as_text(sink.bytes()) == "234"));
        BOOST_TEST(once.requests().size() == 2u);
        store twice({answering({odd}), answering({odd}), answering({odd})}, tries(3));
        BOOST_TEST((code_of(twice.get(sink, what)) == s3_errc::unexpected_range));
        BOOST_TEST(twice.requests().size() == 2u);
    }
}

/// Parts that are all answered at once, and then one that is not.
struct slow_part {
    explicit slow_part(std::vector<std::string> etags) {
        scripted_server quick;
        for (const std::string& each : etags)
            quick.exchanges.emplace_back(reply("200 OK", "ETag: " + each + "\r\n"));
        for (int n = 0; n < 40; ++n)
            quick.exchanges.emplace_back(stored);
        quick.silent_at_end = true;
        s.emplace(std::vector<scripted_server>{quick, answering({stored})}, tries(1));
        for (std::size_t n = 0; n < etags.size(); ++n)
            BOOST_REQUIRE(part("the same").has_value());
        for (int n = 0; n < 40; ++n)
            BOOST_REQUIRE(part("part " + std::to_string(n)).has_value());
    }
    result<part_receipt> part(const std::string& text) {
        upload_part_request what;
        what.bucket = "b";
        what.key = "k";
        what.upload_id = "u";
        what.compute = checksum::kind::crc64nvme;
        memory_source source(as_bytes(text));
        return test::run_task(s->context, s->client.upload_part(what, source, deadline::never()));
    }
    std::optional<store> s;
};

BOOST_AUTO_TEST_CASE(a_part_whose_answer_is_late_is_sent_again_where_its_etag_would_be_the_same) {
    slow_part same({"\"a\"", "\"a\""});
    BOOST_TEST(same.part("late").has_value());
    BOOST_TEST(same.s->servers[0].closed);
    BOOST_REQUIRE(same.s->servers[1].requests.size() == 1u);
    BOOST_TEST(same.s->servers[1].requests[0].ends_with("\r\n\r\nlate"));
    BOOST_TEST(same.s->client.stats().retries == 1u);
    for (const std::vector<std::string>& etags :
         {std::vector<std::string>{"\"a\"", "\"b\""}, {"\"a\"", "\"a\"", "\"b\""}, {"\"a\""}}) {
        slow_part unlike(etags);
        BOOST_TEST((code_of(unlike.part("late")) == s3_errc::timed_out));
        BOOST_TEST(unlike.s->servers[1].requests.empty());
    }
}

BOOST_AUTO_TEST_CASE(checksums_of_answers_are_asked_for_where_they_are_wanted) {
    for (const bool wanted : {true, false}) {
        client_options options = plain_options();
        options.validate_checksums = wanted;
        // The CRC32C of something else.
        const std::string headers = "ETag: \"e\"\r\nx-amz-checksum-crc32c: 4waSgw==\r\n";
        store s({answering({reply("200 OK", headers, "abc")})}, tries(1, options));
        memory_sink sink(100);
        const auto got = s.get(sink);
        const std::string asked = header_in(s.requests()[0], "x-amz-checksum-mode");
        BOOST_TEST(asked == (wanted ? "ENABLED" : ""));
        BOOST_TEST(!got.has_value());
    }
}

BOOST_AUTO_TEST_CASE(signed_chunks_are_turned_on_and_off_and_nothing_else_is) {
    client_options options = signing_options();
    options.able.trailers = true;
    options.able.url_encoded_listings = false;
    store s({answering({stored, stored})}, options);
    const std::string list = reply("200 OK", "", "<ListBucketResult/>");
    const auto payload = [&s] { return header_in(s.requests().back(), "x-amz-content-sha256"); };
    s.client.set_signed_chunks(true);
    BOOST_REQUIRE(s.put("x"));
    BOOST_TEST(payload() == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    BOOST_TEST(!s.client.hashes_bodies());
    s.client.set_signed_chunks(false);
    BOOST_REQUIRE(s.put("x"));
    BOOST_TEST(payload().size() == 64u);
    BOOST_TEST(s.client.hashes_bodies());
    store lists({answering({error_reply("501 Not Implemented", "NotImplemented"), list})}, options);
    lists.client.set_signed_chunks(true); // what listings are like is still to be learnt
    BOOST_TEST(lists.list().has_value());
    BOOST_TEST(lists.requests()[0].find("encoding-type") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_clock_of_the_store_is_adopted_within_a_day) {
    const auto now = std::chrono::system_clock::now();
    const auto skewed = [](const std::string& date) {
        return error_reply("403 Forbidden", "RequestTimeTooSkewed", "Date: " + date + "\r\n");
    };
    store s({answering({skewed(http_date(now + 23h)), stored})}, tries(1, signing_options()));
    BOOST_REQUIRE(s.put("x"));
    BOOST_TEST(
        header_in(s.requests()[0], "x-amz-date").substr(0, 11) !=
        header_in(s.requests()[1], "x-amz-date").substr(0, 11)
    );
    store far({answering({skewed(http_date(now + 25h)), stored})}, tries(3, signing_options()));
    BOOST_TEST((code_of(far.put("x")) == s3_errc::request_time_too_skewed));
    store still(
        {answering({skewed(http_date(now + 2h)), skewed(http_date(now + 2h)), stored})},
        tries(3, signing_options())
    );
    BOOST_TEST((code_of(still.put("x")) == s3_errc::request_time_too_skewed));
    BOOST_TEST(still.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_body_is_signed_unless_something_else_protects_it) {
    const auto payload = [](client_options options, bool with_sum) {
        store s({answering({stored})}, std::move(options));
        put_request what;
        what.bucket = "b";
        what.key = "k";
        if (with_sum) what.sum.algorithm = checksum::kind::crc64nvme;
        memory_source source(as_bytes("hello"));
        BOOST_REQUIRE(test::run_task(s.context, s.client.put(what, source, deadline::never())));
        BOOST_TEST(s.requests()[0].ends_with("\r\n\r\nhello"));
        return header_in(s.requests()[0], "x-amz-content-sha256");
    };
    const std::string hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    client_options options = signing_options();
    BOOST_TEST(payload(options, true) == hash);
    options.store_verifies_checksums = true;
    BOOST_TEST(payload(options, true) == "UNSIGNED-PAYLOAD");
    BOOST_TEST(payload(options, false) == hash);
    options.send_checksums = false;
    BOOST_TEST(payload(options, true) == hash);
    options.signing = payload_signing::never;
    BOOST_TEST(payload(options, false) == "UNSIGNED-PAYLOAD");
    options.where.tls = true;
    options.signing = payload_signing::automatic;
    BOOST_TEST(payload(options, false) == "UNSIGNED-PAYLOAD");
    options.signing = payload_signing::always;
    BOOST_TEST(payload(options, false) == hash);
}

BOOST_AUTO_TEST_CASE(nobody_who_listens_is_a_failure_of_its_own) {
    store s({});
    const auto put = s.put("x");
    BOOST_TEST((code_of(put) == s3_errc::connect_failed));
    BOOST_TEST(
        put.error().where.find("PutObject b/k at h:9000: nobody listens") != std::string::npos
    );
    BOOST_TEST(s.client.stats().connections_busy == 0u);
}

BOOST_AUTO_TEST_CASE(control_bytes_in_what_every_head_carries_are_refused_by_name) {
    boost::asio::io_context context;
    const auto refusal = [&](const std::function<void(client_options&)>& spoil) {
        client_options options = signing_options();
        spoil(options);
        auto made = create_client(context.get_executor(), std::move(options));
        BOOST_REQUIRE(made.has_error());
        BOOST_TEST((made.error().code == s3_errc::unsafe_input));
        return made.error().where;
    };
    BOOST_TEST(refusal([](client_options& o) {
                   o.where.host = "h\r\nx: y";
               }).find("host") != std::string::npos);
    BOOST_TEST(refusal([](client_options& o) {
                   o.where.region = "r\n";
               }).find("region") != std::string::npos);
    BOOST_TEST(refusal([](client_options& o) {
                   o.who.access_key = "a\r";
               }).find("access key") != std::string::npos);
    BOOST_TEST(refusal([](client_options& o) {
                   o.who.session_token = "t\x01";
               }).find("session token") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_terms_of_a_client_go_with_all_it_asks) {
    client_options options = plain_options();
    options.terms = {"123456789012", true};
    store at({answering({reply("204 No Content"), reply("204 No Content")})}, options);
    BOOST_TEST(at.abort().has_value());
    BOOST_TEST(at.remove().has_value());
    BOOST_REQUIRE(at.requests().size() == 2u);
    for (const std::string& each : at.requests()) {
        BOOST_TEST(each.find("x-amz-expected-bucket-owner: 123456789012\r\n") != std::string::npos);
        BOOST_TEST(each.find("x-amz-request-payer: requester\r\n") != std::string::npos);
    }
    const std::size_t cut = serve_object("\r\n").size() - 3;
    store again({serving_object(cut), serving_object()}, options);
    counting_sink sink;
    BOOST_TEST(again.get(sink).has_value());
    const std::string& rest = again.servers[1].requests.at(0);
    BOOST_TEST(header_in(rest, "range") == "bytes=17-19");
    BOOST_TEST(header_in(rest, "x-amz-expected-bucket-owner") == "123456789012");
    options.terms.expected_owner = "1\r\nx: y";
    boost::asio::io_context context;
    const auto made = create_client(context.get_executor(), options);
    BOOST_REQUIRE(!made.has_value());
    BOOST_TEST((made.error().code == s3_errc::unsafe_input));
}

BOOST_AUTO_TEST_CASE(what_is_given_back_is_gone_though_there_is_no_room_for_it) {
    spares<std::unique_ptr<int>, 1> rooms;
    for (int n = 0; n < 2; ++n) {
        auto lent = std::make_unique<int>(n);
        rooms.give(std::move(lent));
        BOOST_TEST(!lent);
    }
    BOOST_TEST(*rooms.take() == 0);
    BOOST_TEST(!rooms.take());
}

BOOST_AUTO_TEST_SUITE_END()
