// Tests of s3client/src/io/bucket.cpp, file_body.cpp and find_client_options.cpp.
#include "environments.hpp"
#include "io/client_impl.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/s3/bucket.hpp>
#include <sluice/s3/find_client_options.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(buckets)

std::string
reply(const std::string& status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A bucket at a server by script, and a folder that is removed at the end.
struct world {
    explicit world(std::vector<std::string> answers) {
        servers.resize(1);
        for (std::string& each : answers)
            servers[0].exchanges.emplace_back(std::move(each));
        client_options options;
        options.where = *parse_endpoint("http://h:9000");
        options.who = {"AKIAIOSFODNN7EXAMPLE", "canary-secret", "", false};
        options.limits.retries.max_attempts = 1;
        auto through = std::make_unique<scripted_network>(servers);
        const any_io_executor on = context.get_executor();
        pail.emplace(
            std::make_shared<client_impl>(on, std::move(options), std::move(through)), "pail"
        );
        std::string name = (std::filesystem::temp_directory_path() / "sluice-pail-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    ~world() { std::filesystem::remove_all(folder); }
    template <class T>
    T run(task<T> what) {
        return test::run_task(context, std::move(what));
    }
    const std::vector<std::string>& requests() { return servers[0].requests; }
    std::string file(const std::string& name) const { return (folder / name).string(); }
    std::string text_of(const std::string& name) const {
        std::ifstream from(folder / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(from), {});
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(
            std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()
        ));
    }

    boost::asio::io_context context;
    std::deque<scripted_server> servers;
    std::optional<bucket> pail;
    std::filesystem::path folder;
};

BOOST_AUTO_TEST_CASE(text_is_put_with_its_checksum) {
    world one({reply("200 OK", "", "ETag: \"e\"\r\n")});
    const auto stored = one.run(one.pail->put("a key", "some text"));
    BOOST_REQUIRE(stored.has_value());
    BOOST_TEST(stored->etag == "\"e\"");
    BOOST_REQUIRE(one.requests().size() == 1u);
    BOOST_TEST(one.requests()[0].starts_with("PUT /pail/a%20key HTTP/1.1\r\n"));
    BOOST_TEST(one.requests()[0].ends_with("\r\n\r\nsome text"));
    BOOST_TEST((stored->sum.algorithm == checksum::kind::crc64nvme));
    BOOST_TEST(stored->sum.value == crc64nvme(as_bytes("some text")));
}

BOOST_AUTO_TEST_CASE(text_comes_back) {
    world one({reply("200 OK", "some text", "ETag: \"e\"\r\n")});
    BOOST_TEST(one.run(one.pail->get("k")).value() == "some text");
    BOOST_TEST(one.requests()[0].starts_with("GET /pail/k HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_CASE(what_is_too_large_for_memory_is_not_begun) {
    world one({"HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 268435457\r\n\r\n"});
    const auto refused = one.run(one.pail->get("k"));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == errc::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(a_file_goes_and_comes_back) {
    std::string text(600'000, 'x');
    for (std::size_t i = 0; i < text.size(); i += 7)
        text[i] = static_cast<char>(i * 31);
    world one({reply("200 OK", "", "ETag: \"e\"\r\n"), reply("200 OK", text, "ETag: \"e\"\r\n")});
    std::ofstream(one.folder / "from", std::ios::binary) << text;
    const auto stored = one.run(one.pail->put_file("k", one.file("from")));
    BOOST_REQUIRE(stored.has_value());
    BOOST_TEST(one.requests()[0].ends_with("\r\n\r\n" + text));
    BOOST_TEST(stored->sum.value == crc64nvme(as_bytes(text)));
    std::ofstream(one.folder / "to") << "what was there before, and is longer than nothing";
    const auto fetched = one.run(one.pail->get_file("k", one.file("to")));
    BOOST_REQUIRE(fetched.has_value());
    BOOST_TEST(fetched->size == text.size());
    BOOST_TEST((one.text_of("to") == text));
    BOOST_TEST(one.files() == 2u);
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_an_empty_object) {
    world one({reply("200 OK", "", "ETag: \"e\"\r\n"), reply("200 OK", "", "ETag: \"e\"\r\n")});
    std::ofstream(one.folder / "from").flush();
    BOOST_TEST(one.run(one.pail->put_file("k", one.file("from"))).has_value());
    BOOST_TEST(one.requests()[0].find("\ncontent-length: 0\r") != std::string::npos);
    BOOST_TEST(one.run(one.pail->get_file("k", one.file("to"))).has_value());
    BOOST_TEST(std::filesystem::exists(one.folder / "to"));
}

BOOST_AUTO_TEST_CASE(a_file_that_did_not_come_whole_is_none) {
    world one({"HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 100\r\n\r\nhalf"});
    std::ofstream(one.folder / "to") << "before";
    const auto cut = one.run(one.pail->get_file("k", one.file("to")));
    BOOST_TEST(!cut.has_value());
    BOOST_TEST(one.text_of("to") == "before");
    BOOST_TEST(one.files() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_named_before_anything_is_asked) {
    world one({});
    const auto missing = one.run(one.pail->put_file("k", one.file("nothing")));
    BOOST_REQUIRE(!missing.has_value());
    BOOST_TEST((missing.error().code == errc::not_found));
    BOOST_TEST(missing.error().where.starts_with(one.file("nothing")));
    const auto folder = one.run(one.pail->put_file("k", one.folder.string()));
    BOOST_TEST((folder.error().code == errc::io_error));
    const auto nowhere = one.run(one.pail->get_file("k", one.file("no/folder")));
    BOOST_TEST((nowhere.error().code == errc::not_found));
    std::filesystem::create_directory(one.folder / "large");
    std::ofstream(one.folder / "large/file").flush();
    std::filesystem::resize_file(one.folder / "large/file", (std::uintmax_t(5) << 30) + 1);
    const auto large = one.run(one.pail->put_file("k", one.file("large/file")));
    BOOST_TEST((large.error().code == errc::limit_exceeded));
    BOOST_TEST(one.requests().empty());
}

std::string page_of(const std::string& key, const std::string& next) {
    return "<ListBucketResult><IsTruncated>" + std::string(next.empty() ? "false" : "true") +
           "</IsTruncated>" +
           (next.empty() ? "" : "<NextContinuationToken>" + next + "</NextContinuationToken>") +
           "<Contents><Key>" + key + "</Key><Size>1</Size></Contents></ListBucketResult>";
}

BOOST_AUTO_TEST_CASE(a_listing_is_all_of_its_pages) {
    world one({reply("200 OK", page_of("p/a", "t")), reply("200 OK", page_of("p/b", ""))});
    const auto listed = one.run(one.pail->list("p/"));
    BOOST_REQUIRE(listed.has_value());
    BOOST_REQUIRE(listed->size() == 2u);
    BOOST_TEST(listed->front().key == "p/a");
    BOOST_TEST(listed->back().key == "p/b");
    world twice({reply("200 OK", page_of("p/a", "t")), reply("200 OK", page_of("p/a", ""))});
    const auto refused = twice.run(twice.pail->list("p/"));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == s3_errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(what_is_removed_need_not_be_there) {
    const std::string gone = "<Error><Code>NoSuchKey</Code></Error>";
    world one({"HTTP/1.1 204 No Content\r\n\r\n", reply("404 Not Found", gone)});
    BOOST_TEST(one.run(one.pail->remove("k")).has_value());
    BOOST_TEST(one.run(one.pail->remove("k")).has_value());
    BOOST_TEST(one.requests()[0].starts_with("DELETE /pail/k HTTP/1.1\r\n"));
}

result<client_options> found_in(variables set) {
    static boost::asio::io_context context;
    set.emplace("AWS_ACCESS_KEY_ID", "a");
    set.emplace("AWS_SECRET_ACCESS_KEY", "canary-secret");
    return find_client_options(context.get_executor(), env_of(std::move(set)));
}

BOOST_AUTO_TEST_CASE(an_environment_says_all_that_a_client_needs) {
    const auto found = found_in(
        {{"AWS_ENDPOINT_URL", "https://s3.example.com:8443"},
         {"AWS_REGION", "eu-1"},
         {"AWS_CA_BUNDLE", "/ca.pem"},
         {"AWS_MAX_ATTEMPTS", "7"},
         {"AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"},
         {"AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required"},
         {"HTTPS_PROXY", "http://proxy.example.com:3128"}}
    );
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->where.host == "s3.example.com");
    BOOST_TEST(found->where.port == 8443u);
    BOOST_TEST(found->where.region == "eu-1");
    BOOST_TEST(found->where.ca_bundle == "/ca.pem");
    BOOST_TEST(!found->learn_region);
    BOOST_TEST(found->limits.retries.max_attempts == 7u);
    BOOST_TEST(!found->send_checksums);
    BOOST_TEST(!found->validate_checksums);
    BOOST_REQUIRE(found->proxy.has_value());
    BOOST_TEST(found->proxy->host == "proxy.example.com");
    BOOST_TEST((found->provider != nullptr));
}

BOOST_AUTO_TEST_CASE(what_nobody_says_is_s3_itself) {
    const auto found = found_in({});
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->where.host == "s3.us-east-1.amazonaws.com");
    BOOST_TEST(found->where.tls);
    BOOST_TEST(found->learn_region);
    BOOST_TEST(found->send_checksums);
    BOOST_TEST(found->validate_checksums);
    const auto named = found_in({{"AWS_ENDPOINT_URL_S3", "https://s3.eu-west-1.amazonaws.com"}});
    BOOST_TEST(named.value().where.region == "eu-west-1");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_used_is_told_at_once) {
    const auto refused = found_in({{"AWS_ENDPOINT_URL_S3", "s3.example.com"}});
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == errc::invalid_argument));
    BOOST_TEST(describe(refused.error()).find("canary") == std::string::npos);
    boost::asio::io_context context;
    const auto profile = open_bucket(
        context.get_executor(), "b", env_of({{"AWS_PROFILE", "nobody"}, {"HOME", "/nowhere"}})
    );
    BOOST_REQUIRE(!profile.has_value());
    BOOST_TEST((profile.error().code == s3_errc::no_credentials));
}

BOOST_AUTO_TEST_SUITE_END()
