// test: the client's operations against the simulator over loopback, each with what it must leave
// behind.
#include "run_task.hpp"
#include "tiny_proxy.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/legacy_hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/s3/client.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/sim/server.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;
using kind = checksum::kind;

BOOST_AUTO_TEST_SUITE(client_operations)

const std::string small_text = "some text\r\nof two lines";
const std::string large_text = [] {
    std::string text;
    for (unsigned i = 1; text.size() < 300'000; i = i * 1'103'515'245 + 12'345)
        text += static_cast<char>(i >> 16);
    return text;
}();
/// Keys that URLs, XML or signatures could spoil.
const std::vector<std::string> odd_keys = {
    "plain",
    "//double//slash/",
    "a/../b/./c",
    "plus+space and%2Fpercent%",
    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
    "e\xcc\x81 is not \xc3\xa9",
    "<&\"'>",
    "q?x=1&y=2#z",
    std::string(1024, 'k')};

struct world {
    explicit world(client_options options = client_options(), sim::server_options sim = {}) {
        sim.buckets = {"bucket"};
        sim.min_part_size = 1;
        auto started = sim::server::start(sim);
        BOOST_REQUIRE(started.has_value());
        server = std::move(*started);
        options.where = *parse_endpoint(server->url());
        options.who.access_key = sim.access_key;
        options.who.secret_key = sim.secret_key;
        options.who.session_token = sim.session_token;
        auto made = create_client(context.get_executor(), std::move(options));
        BOOST_REQUIRE(made.has_value());
        client = std::move(*made);
    }
    ~world() { client->close(); }

    template <class T>
    T run(task<T> what) {
        return test::run_task(context, std::move(what));
    }
    /// The value; a failure is told and ends the case.
    template <class T>
    T must(task<result<T>> what) {
        auto outcome = run(std::move(what));
        BOOST_REQUIRE_MESSAGE(outcome.has_value(), describe_of(outcome));
        if constexpr (!std::is_void_v<T>) return std::move(*outcome);
    }
    template <class T>
    static std::string describe_of(const result<T>& outcome) {
        return outcome ? std::string() : describe(outcome.error());
    }

    put_receipt put(put_request what, const std::string& body) {
        what.bucket = "bucket";
        memory_source source(as_bytes(body));
        return must(client->put(what, source, limit()));
    }
    put_receipt put(const std::string& key, const std::string& body) {
        put_request what;
        what.key = key;
        return put(what, body);
    }
    std::string text_of(const std::string& key) {
        get_request what;
        what.bucket = "bucket";
        what.key = key;
        memory_sink sink(1 << 20);
        must(client->get(what, sink, limit()));
        return std::string(as_text(sink.bytes()));
    }
    static deadline limit() { return deadline::in(std::chrono::seconds(60)); }

    boost::asio::io_context context;
    std::unique_ptr<sim::server> server;
    std::unique_ptr<s3::client> client;
};

client_options options_with(const capabilities& able) {
    client_options options;
    options.able = able;
    return options;
}

BOOST_AUTO_TEST_CASE(bodies_arrive_whichever_way_they_are_protected) {
    for (const bool trailers : {false, true})
        for (const bool chunks : {false, true})
            for (const kind each :
                 {kind::none,
                  kind::crc64nvme,
                  kind::crc32c,
                  kind::crc32,
                  kind::sha256,
                  kind::md5}) {
                world one(options_with({trailers, chunks, true, true}));
                put_request what;
                what.compute = each;
                for (const std::string& body : {std::string(), small_text, large_text}) {
                    what.key = "k" + std::to_string(body.size());
                    const auto receipt = one.put(what, body);
                    BOOST_TEST((receipt.sum.algorithm == each));
                    BOOST_TEST((one.text_of(what.key) == body));
                }
            }
}

BOOST_AUTO_TEST_CASE(unsigned_bodies_with_a_trailer_arrive_too) {
    client_options options = options_with({true, false, true, true});
    options.signing = payload_signing::never;
    world one(std::move(options));
    put_request what;
    what.key = "k";
    what.compute = kind::crc64nvme;
    what.traits.content_encoding = "gzip";
    one.put(what, large_text);
    get_request get;
    get.bucket = "bucket";
    get.key = "k";
    get.content_encoding = "gzip";
    memory_sink sink(1 << 20);
    const auto head = one.must(one.client->get(get, sink, world::limit()));
    BOOST_TEST((as_text(sink.bytes()) == large_text));
    BOOST_TEST(head.traits->content_encoding == "gzip");
    BOOST_TEST((head.sum.algorithm == kind::crc64nvme));
    BOOST_TEST(head.sum.value == crc64nvme(as_bytes(large_text)));
}

BOOST_AUTO_TEST_CASE(a_wrong_checksum_is_refused_by_the_store_and_a_damaged_answer_by_us) {
    world one;
    put_request what;
    what.bucket = "bucket";
    what.key = "k";
    what.sum.algorithm = kind::sha256;
    memory_source source(as_bytes(small_text));
    const auto refused = one.run(one.client->put(what, source, world::limit()));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == s3_errc::bad_digest));
    one.put("k", small_text);
    get_request get;
    get.bucket = "bucket";
    get.key = "k";
    get.expected.algorithm = kind::crc32;
    get.expected.value = crc32(as_bytes(small_text));
    memory_sink sink(100);
    one.must(one.client->get(get, sink, world::limit()));
    ++get.expected.value;
    const auto wrong = one.run(one.client->get(get, sink, world::limit()));
    BOOST_TEST((wrong.error().code == s3_errc::checksum_mismatch));
}

BOOST_AUTO_TEST_CASE(keys_are_bytes_in_every_operation) {
    for (const bool second : {true, false}) {
        world one(options_with({false, false, second, true}));
        for (const std::string& key : odd_keys) {
            one.put(key, key);
            BOOST_TEST(one.text_of(key) == key);
            copy_request copy;
            copy.from.bucket = copy.bucket = "bucket";
            copy.from.key = key;
            copy.key = "copy/" + key.substr(0, 1000);
            one.must(one.client->copy(copy, world::limit()));
            BOOST_TEST(one.text_of(copy.key) == key);
        }
        std::vector<std::string> listed;
        list_request list;
        list.bucket = "bucket";
        list.limit = 2;
        do {
            auto page = one.must(one.client->list(list, world::limit()));
            for (const auto& each : page.objects)
                listed.push_back(each.key);
            list.token = page.next_token;
        } while (!list.token.empty());
        BOOST_TEST(listed.size() == 2 * odd_keys.size());
        BOOST_TEST(std::is_sorted(listed.begin(), listed.end()));
        for (const std::string& key : odd_keys)
            BOOST_TEST(std::count(listed.begin(), listed.end(), key) == 1, key);
        remove_many_request removal;
        removal.bucket = "bucket";
        for (const std::string& each : listed)
            removal.objects.push_back({each, ""});
        BOOST_TEST(one.must(one.client->remove_many(removal, world::limit())).empty());
        list.token.clear();
        BOOST_TEST(one.must(one.client->list(list, world::limit())).objects.empty());
    }
}

std::vector<std::string> all_listed(world& one) {
    std::vector<std::string> listed;
    list_request list;
    list.bucket = "bucket";
    list.limit = 3;
    do {
        auto page = one.must(one.client->list(list, world::limit()));
        for (const auto& each : page.objects)
            listed.push_back(each.key);
        list.token = page.next_token;
    } while (!list.token.empty());
    return listed;
}

BOOST_AUTO_TEST_CASE(keys_are_listed_as_they_are_where_the_store_encodes_none) {
    for (const char* const version : {"v1-only", "no-url-encoding"}) {
        sim::server_options sim;
        sim.quirks = {"no-url-encoding"};
        if (version != sim.quirks[0]) sim.quirks.emplace_back(version);
        world one(client_options(), sim);
        for (const std::string& key : odd_keys)
            one.put(key, key);
        std::vector<std::string> expected = odd_keys;
        std::sort(expected.begin(), expected.end());
        BOOST_TEST((all_listed(one) == expected));
    }
}

BOOST_AUTO_TEST_CASE(keys_that_xml_cannot_carry_are_listed_or_the_listing_is_none) {
    const std::vector<std::string> hard = {"a\x01z", "b\rz", "c\nz", "d\tz", "e\xef\xbf\xbez"};
    for (const bool encodes : {true, false}) {
        sim::server_options sim;
        if (!encodes) sim.quirks = {"no-url-encoding"};
        for (const std::string& key : hard) {
            world one(client_options(), sim);
            one.put(key, key);
            one.put("plain", "x");
            list_request list;
            list.bucket = "bucket";
            const auto page = one.run(one.client->list(list, world::limit()));
            if (encodes) BOOST_REQUIRE_MESSAGE(page.has_value(), world::describe_of(page));
            if (page) BOOST_TEST((page->objects.size() == 2 && page->objects[0].key == key));
        }
    }
}

BOOST_AUTO_TEST_CASE(common_prefixes_are_told_once_in_both_versions) {
    for (const bool second : {true, false}) {
        world one(options_with({false, false, second, true}));
        for (const char* const key : {"a", "b c/1", "b c/2", "b c/3", "d+/1", "e"})
            one.put(key, "x");
        list_request list;
        list.bucket = "bucket";
        list.delimiter = "/";
        list.limit = 1;
        std::string seen;
        do {
            auto page = one.must(one.client->list(list, world::limit()));
            for (const auto& each : page.objects)
                seen += each.key + ",";
            for (const auto& each : page.prefixes)
                seen += each + ",";
            list.token = page.next_token;
        } while (!list.token.empty());
        BOOST_TEST(seen == "a,b c/,d+/,e,");
    }
}

BOOST_AUTO_TEST_CASE(a_copy_keeps_or_replaces_and_heeds_conditions) {
    world one;
    put_request what;
    what.key = "from";
    what.meta = {{"m", "1"}};
    what.content_type = "text/plain";
    what.traits.tags = {{"t", "a b"}};
    what.compute = kind::crc32c;
    const auto source = one.put(what, large_text);
    copy_request copy;
    copy.from.bucket = copy.bucket = "bucket";
    copy.from.key = "from";
    copy.from.if_match = source.etag;
    copy.key = "kept";
    const auto copied = one.must(one.client->copy(copy, world::limit()));
    const auto kept = one.must(one.client->head("bucket", "kept", world::limit()));
    BOOST_TEST(kept.etag == copied.etag);
    BOOST_TEST(kept.meta.at("m") == "1");
    BOOST_TEST(kept.content_type == "text/plain");
    BOOST_TEST(kept.tag_count == 1u);
    BOOST_TEST(kept.sum.value == crc32c(as_bytes(large_text)));
    copy.key = "replaced";
    copy.replace_metadata = copy.replace_tags = true;
    copy.meta = {{"n", "2"}};
    copy.algorithm = kind::sha256;
    one.must(one.client->copy(copy, world::limit()));
    const auto replaced = one.must(one.client->head("bucket", "replaced", world::limit()));
    BOOST_TEST((replaced.meta == metadata{{"n", "2"}}));
    BOOST_TEST(replaced.tag_count == 0u);
    BOOST_TEST((replaced.sum.digest == sha256(as_bytes(large_text))));
    BOOST_TEST((one.text_of("replaced") == large_text));
    copy.if_none_match = true;
    const auto there = one.run(one.client->copy(copy, world::limit()));
    BOOST_TEST((there.error().code == s3_errc::precondition_failed));
    copy.key = "other";
    copy.from.if_match = "\"x\"";
    const auto changed = one.run(one.client->copy(copy, world::limit()));
    BOOST_TEST((changed.error().code == s3_errc::precondition_failed));
    copy.from.key = "nothing";
    const auto none = one.run(one.client->copy(copy, world::limit()));
    BOOST_TEST((none.error().code == s3_errc::no_such_key));
}

BOOST_AUTO_TEST_CASE(an_object_is_joined_from_sent_and_copied_parts) {
    for (const kind each : {kind::none, kind::crc64nvme, kind::crc32c, kind::crc32, kind::sha256}) {
        world one(options_with({true, true, true, true}));
        one.put("from", large_text);
        create_upload_request create;
        create.bucket = "bucket";
        create.key = "whole";
        create.algorithm = each;
        create.traits.tags = {{"t", "1"}};
        const auto upload = one.must(one.client->create_upload(create, world::limit()));
        complete_upload_request done;
        done.bucket = "bucket";
        done.key = "whole";
        done.upload_id = upload.id;
        upload_part_request part;
        part.bucket = "bucket";
        part.key = "whole";
        part.upload_id = upload.id;
        part.compute = each;
        memory_source source(as_bytes(small_text));
        const auto sent = one.must(one.client->upload_part(part, source, world::limit()));
        done.parts.push_back({1, small_text.size(), sent.etag, sent.sum});
        copy_part_request copy;
        copy.from.bucket = copy.bucket = "bucket";
        copy.from.key = "from";
        copy.range = byte_range{1000, 200'000};
        copy.key = "whole";
        copy.upload_id = upload.id;
        copy.number = 2;
        const auto copied = one.must(one.client->copy_part(copy, world::limit()));
        done.parts.push_back({2, 200'000, copied.etag, {}});
        one.must(one.client->complete_upload(done, world::limit()));
        const std::string expected = small_text + large_text.substr(1000, 200'000);
        BOOST_TEST((one.text_of("whole") == expected));
        const auto head = one.must(one.client->head("bucket", "whole", world::limit()));
        BOOST_TEST(head.tag_count == 1u);
        if (each == kind::crc32) BOOST_TEST(head.sum.value == crc32(as_bytes(expected)));
        if (each == kind::sha256) BOOST_TEST((head.sum.algorithm == kind::none));
    }
}

BOOST_AUTO_TEST_CASE(tags_come_and_go) {
    world one;
    put_request what;
    what.key = "k";
    what.traits.tags = {{"a b", "1&2=3"}, {"\xc3\xa9", ""}};
    one.put(what, "x");
    const auto tags = [&one] {
        return one.must(one.client->tags("bucket", "k", "", world::limit()));
    };
    BOOST_TEST((tags() == what.traits.tags));
    const tag_map others = {{"<c>", "\"d\""}};
    one.must(one.client->set_tags("bucket", "k", "", others, world::limit()));
    BOOST_TEST((tags() == others));
    const tag_map none;
    one.must(one.client->set_tags("bucket", "k", "", none, world::limit()));
    BOOST_TEST(tags().empty());
    const auto missing = one.run(one.client->tags("bucket", "nothing", "", world::limit()));
    BOOST_TEST((missing.error().code == s3_errc::no_such_key));
}

BOOST_AUTO_TEST_CASE(buckets_come_and_go) {
    sim::server_options sim;
    sim.region = "eu-west-3";
    client_options options;
    options.where.region = "eu-west-3";
    world one(std::move(options), sim);
    // The region of the world's endpoint is the usual one: the first request learns the right one.
    BOOST_TEST(one.must(one.client->bucket_location("bucket", world::limit())) == "eu-west-3");
    one.must(one.client->head_bucket("bucket", world::limit()));
    one.put("k", "x");
    const auto full = one.run(one.client->remove_bucket("bucket", world::limit()));
    BOOST_TEST((full.error().code == s3_errc::other_client_error));
    one.must(one.client->remove("bucket", "k", world::limit()));
    one.must(one.client->remove_bucket("bucket", world::limit()));
    one.must(one.client->remove_bucket("bucket", world::limit()));
    const auto gone = one.run(one.client->head_bucket("bucket", world::limit()));
    BOOST_TEST((gone.error().code == s3_errc::no_such_bucket));
}

BOOST_AUTO_TEST_CASE(reads_heed_their_conditions) {
    world one;
    const auto receipt = one.put("k", small_text);
    head_request head;
    head.bucket = "bucket";
    head.key = "k";
    head.only_if.if_none_match = receipt.etag;
    const auto same = one.run(one.client->head(head, world::limit()));
    BOOST_TEST((same.error().code == s3_errc::not_modified));
    head.only_if.if_none_match = "\"other\"";
    BOOST_TEST(one.must(one.client->head(head, world::limit())).etag == receipt.etag);
    remove_request removal;
    removal.bucket = "bucket";
    removal.key = "k";
    removal.if_match = "\"other\"";
    const auto kept = one.run(one.client->remove_object(removal, world::limit()));
    BOOST_TEST((kept.error().code == s3_errc::precondition_failed));
    removal.if_match = receipt.etag;
    one.must(one.client->remove_object(removal, world::limit()));
}

BOOST_AUTO_TEST_CASE(a_store_behind_a_proxy_is_reached_by_a_name_that_only_the_proxy_knows) {
    world direct;
    test::tiny_proxy through(direct.server->port());
    boost::asio::io_context context;
    client_options options;
    options.where = *parse_endpoint("http://store.nowhere.invalid:9000");
    options.who = {"simulator", "simulator-secret", "", false};
    options.proxy = *parse_proxy("http://user:pass@127.0.0.1:" + std::to_string(through.port()));
    auto made = create_client(context.get_executor(), std::move(options));
    BOOST_REQUIRE(made.has_value());
    put_request what;
    what.bucket = "bucket";
    what.key = "k";
    memory_source source(as_bytes(large_text));
    const auto stored = test::run_task(context, (*made)->put(what, source, world::limit()));
    BOOST_TEST(stored.has_value(), world::describe_of(stored));
    made->reset();
    BOOST_TEST((direct.text_of("k") == large_text));
    BOOST_REQUIRE(!through.heads().empty());
    BOOST_TEST(
        through.heads().front() ==
        "CONNECT store.nowhere.invalid:9000 HTTP/1.1\r\nhost: store.nowhere.invalid:9000\r\n"
        "proxy-authorization: Basic dXNlcjpwYXNz\r\n\r\n"
    );
}

/// With a key of the customer's: whole calls, and what is said without it, and with another.
struct keyed {
    world one;
    customer_key right{std::string("0123456789\0bcdef0123456789abcdef", 32)};
    customer_key other{std::string(32, 'k')};

    result<std::string> read(const std::string& key, const customer_key& secret) {
        get_request what;
        what.bucket = "bucket";
        what.key = key;
        what.secret = secret;
        memory_sink sink(1 << 20);
        const auto got = one.run(one.client->get(what, sink, world::limit()));
        if (!got) return got.error();
        return std::string(as_text(sink.bytes()));
    }
    /// Only who has the key reads it.
    void is_kept(const std::string& key, const std::string& body, const customer_key& secret) {
        BOOST_TEST((read(key, secret).value() == body));
        const customer_key& wrong = secret.bytes == right.bytes ? other : right;
        const auto without = read(key, {}), with_other = read(key, wrong);
        BOOST_REQUIRE((!without && !with_other));
        BOOST_TEST((without.error().code == s3_errc::other_client_error));
        BOOST_TEST((with_other.error().code == s3_errc::access_denied));
        BOOST_TEST(head(key, secret).has_value());
        BOOST_TEST((head(key, wrong).error().code == s3_errc::access_denied));
        BOOST_TEST(!head(key, {}).has_value());
        for (const failure& each : {without.error(), with_other.error()}) {
            const std::string told = describe(each);
            BOOST_TEST(told.find(base64(as_bytes(right.bytes))) == std::string::npos);
            BOOST_TEST(told.find(base64(as_bytes(other.bytes))) == std::string::npos);
        }
    }
    result<object_head> head(const std::string& key, const customer_key& secret) {
        head_request what;
        what.bucket = "bucket";
        what.key = key;
        what.secret = secret;
        return one.run(one.client->head(what, world::limit()));
    }
    void put(const std::string& key, const std::string& body) {
        put_request what;
        what.key = key;
        what.secret = right;
        what.compute = kind::crc64nvme;
        one.put(what, body);
    }
};

BOOST_AUTO_TEST_CASE(an_object_with_a_customer_key_is_read_with_that_key_only) {
    keyed with;
    with.put("k", large_text);
    with.is_kept("k", large_text, with.right);
    with.one.put("plain", small_text);
    const auto needless = with.read("plain", with.right);
    BOOST_REQUIRE(!needless);
    BOOST_TEST((needless.error().code == s3_errc::other_client_error));
}

BOOST_AUTO_TEST_CASE(a_copy_is_made_with_the_keys_of_both_ends) {
    keyed with;
    with.put("k", large_text);
    copy_request copy;
    copy.from.bucket = copy.bucket = "bucket";
    copy.from.key = "k";
    copy.key = "copy";
    copy.secret = with.other;
    const auto without = with.one.run(with.one.client->copy(copy, world::limit()));
    BOOST_TEST((without.error().code == s3_errc::other_client_error));
    copy.from.secret = with.other;
    const auto wrong = with.one.run(with.one.client->copy(copy, world::limit()));
    BOOST_TEST((wrong.error().code == s3_errc::access_denied));
    copy.from.secret = with.right;
    with.one.must(with.one.client->copy(copy, world::limit()));
    with.is_kept("copy", large_text, with.other);
    copy.key = "open";
    copy.secret = {};
    with.one.must(with.one.client->copy(copy, world::limit()));
    BOOST_TEST((with.one.text_of("open") == large_text));
}

BOOST_AUTO_TEST_CASE(every_part_of_an_upload_has_the_key_of_its_beginning) {
    keyed with;
    with.put("from", large_text);
    create_upload_request create;
    create.bucket = "bucket";
    create.key = "whole";
    create.secret = with.right;
    const auto upload = with.one.must(with.one.client->create_upload(create, world::limit()));
    upload_part_request part;
    part.bucket = "bucket";
    part.key = "whole";
    part.upload_id = upload.id;
    memory_source source(as_bytes(small_text));
    for (const customer_key& wrong : {customer_key(), with.other}) {
        part.secret = wrong;
        const auto refused =
            with.one.run(with.one.client->upload_part(part, source, world::limit()));
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().code == s3_errc::other_client_error));
        source.rewind();
    }
    part.secret = with.right;
    const auto sent = with.one.must(with.one.client->upload_part(part, source, world::limit()));
    copy_part_request copy;
    copy.from.bucket = copy.bucket = "bucket";
    copy.from.key = "from";
    copy.from.secret = with.right;
    copy.key = "whole";
    copy.upload_id = upload.id;
    copy.number = 2;
    const auto refused = with.one.run(with.one.client->copy_part(copy, world::limit()));
    BOOST_TEST((refused.error().code == s3_errc::other_client_error));
    copy.secret = with.right;
    const auto copied = with.one.must(with.one.client->copy_part(copy, world::limit()));
    complete_upload_request done;
    done.bucket = "bucket";
    done.key = "whole";
    done.upload_id = upload.id;
    done.parts.push_back({1, small_text.size(), sent.etag, {}});
    done.parts.push_back({2, large_text.size(), copied.etag, {}});
    with.one.must(with.one.client->complete_upload(done, world::limit()));
    with.is_kept("whole", small_text + large_text, with.right);
}

BOOST_AUTO_TEST_CASE(session_tokens_go_with_every_way_of_signing) {
    sim::server_options sim;
    sim.session_token = "FwoGZXIvYXdz/token+with=chars";
    world one(options_with({true, true, true, true}), sim);
    put_request what;
    what.key = "k";
    what.compute = kind::crc64nvme;
    one.put(what, large_text);
    BOOST_TEST((one.text_of("k") == large_text));
}

BOOST_AUTO_TEST_SUITE_END()
