// Tests of s3client/src/io/credential_fetch.cpp and its sources: what is asked of agents, instances
// and STS by script, and of processes.
#include "io/credential_fetch.hpp"
#include "io/credential_process.hpp"
#include "run_task.hpp"
#include "scripted_network.hpp"

#include <sluice/base/text.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(credential_fetches)

std::string
reply(const std::string& status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string document =
    "{\"Code\":\"Success\",\"AccessKeyId\":\"k\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
    "\"Expiration\":\"2030-01-01T01:00:00Z\"}";
const std::string assumed =
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>k</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T01:"
    "00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

/// One connection per answer, in order.
struct world {
    explicit world(std::vector<std::string> answers) {
        for (std::string& each : answers) {
            scripted_server server;
            server.exchanges.emplace_back(std::move(each));
            servers.push_back(std::move(server));
        }
        with.sts.where = *parse_endpoint("http://sts:80");
        with.reach = [this](const endpoint&, std::chrono::milliseconds) {
            return result<std::unique_ptr<network>>(std::make_unique<shared_script>(script));
        };
    }
    /// Every way to a server goes on in the same script.
    struct shared_script final : network {
        explicit shared_script(scripted_network& to) : script(to) {}
        task<result<std::unique_ptr<byte_stream>>>
        connect(const server_address& to, deadline by) override {
            return script.connect(to, by);
        }
        scripted_network& script;
    };

    template <class Source>
    result<credentials> fetch(Source how) {
        const credential_source from{"source", std::move(how)};
        return test::run_task(context, fetch_from(with, from, deadline::in(5s)));
    }
    const std::string& request(std::size_t n) const { return servers.at(n).requests.at(0); }

    boost::asio::io_context context;
    std::deque<scripted_server> servers;
    scripted_network script{servers};
    fetch_means with;
};

struct token_file {
    explicit token_file(const std::string& text) {
        std::string name =
            (std::filesystem::temp_directory_path() / "sluice-token-XXXXXX").string();
        const int file = ::mkstemp(name.data());
        BOOST_REQUIRE(file >= 0);
        path = name;
        std::ofstream(path) << text;
    }
    ~token_file() { std::filesystem::remove(path); }
    std::string path;
};

void has(const std::string& text, const std::string& part) {
    BOOST_TEST(text.find(part) != std::string::npos, "\"" << part << "\" in: " << text);
}

failure refused(const result<credentials>& got) {
    BOOST_REQUIRE(got.has_error());
    BOOST_TEST(describe(got.error()).find("canary") == std::string::npos, describe(got.error()));
    return got.error();
}

container_source container() {
    container_source how;
    how.where = parse_http_url("http://127.0.0.1:7/creds?id=1").value();
    how.token = "canary-token";
    return how;
}

BOOST_AUTO_TEST_CASE(a_container_is_asked_with_its_token) {
    world here({reply("200 OK", document), reply("200 OK", document)});
    container_source how = container();
    BOOST_TEST(here.fetch(how).value().session_token == "t");
    BOOST_TEST(
        here.request(0) == "GET /creds?id=1 HTTP/1.1\r\nhost: 127.0.0.1:7\r\nuser-agent: sluice\r\n"
                           "connection: close\r\naccept: application/json\r\n"
                           "authorization: canary-token\r\n\r\n"
    );
    const token_file file("of-the-file\n");
    how.token_file = file.path;
    BOOST_TEST(here.fetch(how).has_value());
    has(here.request(1), "authorization: of-the-file\r\n");
}

BOOST_AUTO_TEST_CASE(a_token_with_control_bytes_is_not_sent) {
    world here({reply("200 OK", document)});
    container_source how = container();
    how.token += "\r\nX-Evil: 1";
    BOOST_TEST((refused(here.fetch(how)).code == s3_errc::unsafe_input));
    BOOST_TEST(here.servers[0].requests.empty());
}

BOOST_AUTO_TEST_CASE(what_a_container_refuses_is_told_without_the_token) {
    world here(
        {reply("403 Forbidden", "canary-token"),
         reply("200 OK", "{\"Code\":\"Denied\",\"Message\":\"canary-token is unknown\"}")}
    );
    has(refused(here.fetch(container())).peer_text, "403");
    BOOST_TEST(refused(here.fetch(container())).peer_text == "Denied: [redacted] is unknown");
}

BOOST_AUTO_TEST_CASE(a_moment_of_weakness_is_asked_again) {
    world here({reply("503 Busy", ""), reply("200 OK", document)});
    BOOST_TEST(here.fetch(container()).has_value());
    BOOST_TEST(here.servers[1].requests.size() == 1);
}

BOOST_AUTO_TEST_CASE(an_instance_is_asked_by_version_two) {
    world here(
        {reply("200 OK", "session-token"), reply("200 OK", "my-role\n"), reply("200 OK", document)}
    );
    instance_source how;
    how.where = *parse_endpoint("http://169.254.169.254");
    BOOST_TEST(here.fetch(how).value().access_key == "k");
    has(here.request(0), "PUT /latest/api/token HTTP/1.1\r\n");
    has(here.request(0), "x-aws-ec2-metadata-token-ttl-seconds: 300\r\n");
    has(here.request(0), "content-length: 0\r\n");
    has(here.request(1), "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n");
    has(here.request(1), "x-aws-ec2-metadata-token: session-token\r\n");
    has(here.request(2), "GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1\r\n");
}

BOOST_AUTO_TEST_CASE(an_instance_that_gives_no_token_is_not_asked_by_version_one) {
    world here({reply("403 Forbidden", ""), reply("200 OK", "my-role")});
    instance_source how;
    how.where = *parse_endpoint("http://169.254.169.254");
    has(refused(here.fetch(how)).where, "session token");
    BOOST_TEST(here.servers[1].requests.empty());
    world roleless({reply("200 OK", "t"), reply("404 Not Found", "")});
    has(refused(roleless.fetch(how)).where, "no role");
    world evil({reply("200 OK", "t"), reply("200 OK", "a b\r\nX: y")});
    has(refused(evil.fetch(how)).where, "name of the instance's role");
}

BOOST_AUTO_TEST_CASE(an_instance_knows_its_region) {
    world here({reply("200 OK", "t"), reply("200 OK", "eu-west-3")});
    instance_source how;
    how.where = *parse_endpoint("http://169.254.169.254");
    const auto region =
        test::run_task(here.context, region_of_instance(here.with, how, deadline::in(5s)));
    BOOST_TEST(region.value() == "eu-west-3");
    has(here.request(1), "GET /latest/meta-data/placement/region HTTP/1.1\r\n");
}

BOOST_AUTO_TEST_CASE(a_web_identity_is_shown_unsigned) {
    world here({reply("200 OK", assumed)});
    const token_file file("canary.jwt+token\n");
    web_identity_source how;
    how.what.role_arn = "arn:1";
    how.token_file = file.path;
    BOOST_TEST(here.fetch(how).value().access_key == "k");
    has(here.request(0), "POST / HTTP/1.1\r\n");
    has(here.request(0), "Action=AssumeRoleWithWebIdentity&");
    BOOST_TEST(here.request(0).ends_with("&WebIdentityToken=canary.jwt%2Btoken"));
    BOOST_TEST(here.request(0).find("\r\nauthorization:") == std::string::npos);
    world other({reply(
        "400 Bad Request",
        "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>canary.jwt+token has "
        "ended</Message></Error></ErrorResponse>"
    )});
    BOOST_TEST(refused(other.fetch(how)).peer_text == "InvalidIdentityToken: [redacted] has ended");
    how.token_file += "-missing";
    has(refused(other.fetch(how)).where, "no such file");
}

role_source role() {
    role_source how;
    how.what.role_arn = "arn:1";
    key_source base;
    base.who.access_key = "base-key";
    base.who.secret_key = "canary-base-secret";
    base.who.session_token = "canary-base-token";
    how.by = std::make_shared<const credential_source>(credential_source{"the base", base});
    return how;
}

BOOST_AUTO_TEST_CASE(a_role_is_asked_for_by_a_signature_for_sts) {
    world here({reply("200 OK", assumed)});
    here.with.sts.where.region = "eu-1";
    BOOST_TEST(here.fetch(role()).value().session_token == "t");
    has(here.request(0), "Action=AssumeRole&");
    has(here.request(0), "Credential=base-key/");
    has(here.request(0), "/eu-1/sts/aws4_request,SignedHeaders=content-type;host;x-amz-");
    has(here.request(0), "x-amz-security-token: canary-base-token\r\n");
    BOOST_TEST(here.request(0).find("canary-base-secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_clock_that_differs_is_corrected_once) {
    const std::string skewed = reply(
        "403 Forbidden",
        "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: "
        "2026</Message></Error></ErrorResponse>",
        "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
    );
    world here({skewed, reply("200 OK", assumed, "Date: Tue, 01 Jan 2030 00:00:01 GMT\r\n")});
    const auto who = here.fetch(role());
    has(here.request(1), "x-amz-date: 20300101T0000");
    // An hour by the server's clock is an hour by ours.
    const auto left = who.value().expires.value() - std::chrono::system_clock::now();
    BOOST_TEST((left > 55min && left < 65min));
    world again({skewed, skewed, skewed});
    has(refused(again.fetch(role())).peer_text, "Signature expired");
    BOOST_TEST(again.servers[2].requests.empty());
}

BOOST_AUTO_TEST_CASE(the_base_of_a_role_is_named_when_it_fails) {
    world here({});
    role_source how = role();
    web_identity_source base;
    base.token_file = "/nonexistent/token";
    how.by = std::make_shared<const credential_source>(credential_source{"the base", base});
    has(refused(here.fetch(how)).where, "the base: /nonexistent/token");
}

result<std::string> run(const std::string& command, std::chrono::milliseconds limit = 20s) {
    boost::asio::io_context context;
    return test::run_task(context, run_credential_process(command, deadline::in(limit)));
}

BOOST_AUTO_TEST_CASE(a_process_is_run_by_the_shell) {
    BOOST_TEST(run("printf '%s' \"a  b\"").value() == "a  b");
    BOOST_TEST(run("cat").value() == "", "there is nothing to read");
    BOOST_TEST(run("exit 3").error().where == "it ended with exit status 3");
    has(run("/nonexistent/tool").error().where, "there is no such program");
    BOOST_TEST(run("kill -9 $$").error().where == "it was ended by signal 9");
    has(run("head -c 100000 /dev/zero").error().where, "more than 64 KiB");
    world here({});
    has(refused(here.fetch(process_source{"echo canary"})).where, "one JSON object");
}

BOOST_AUTO_TEST_CASE(a_process_that_hangs_is_killed_with_its_children) {
    const auto begun = std::chrono::steady_clock::now();
    const token_file mark("");
    const auto late = run("(sleep 20; rm " + mark.path + ") & sleep 20", 100ms);
    BOOST_TEST((late.error().code == s3_errc::timed_out));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 10s));
}

BOOST_AUTO_TEST_CASE(a_process_inherits_no_open_file) {
    const token_file secret("canary");
    std::FILE* const open = std::fopen(secret.path.c_str(), "r"); // not close-on-exec
    BOOST_REQUIRE(open != nullptr);
    const auto names = run("ls -l /proc/self/fd");
    std::fclose(open);
    BOOST_TEST(names.value().find(secret.path) == std::string::npos, names.value());
}

BOOST_AUTO_TEST_SUITE_END()
