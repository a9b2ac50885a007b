// Tests of s3client/src/core/settings.cpp: who is found, and where.
#include "core/settings.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(settings_order)

using variables = std::map<std::string, std::string>;

environment env_of(variables set) {
    return [set = std::move(set)](const std::string& name) -> std::optional<std::string> {
        const auto found = set.find(name);
        if (found == set.end()) return std::nullopt;
        return found->second;
    };
}

const variables keys_in_env = {
    {"AWS_ACCESS_KEY_ID", "env-key"},
    {"AWS_SECRET_ACCESS_KEY", "env-secret"},
    {"AWS_SESSION_TOKEN", "env-token"}};

shared_files sample_files() {
    shared_files files;
    files.credentials_path = "/h/credentials";
    files.config_path = "/h/config";
    files.credentials = "[default]\naws_access_key_id=file-key\naws_secret_access_key=file-secret\n"
                        "[dev]\naws_access_key_id=dev-key\naws_secret_access_key=dev-secret\naws_"
                        "session_token=dev-token\n";
    files.config =
        "[default]\nregion=eu-1\nca_bundle=/file.pem\n"
        "[profile dev]\nregion=eu-2\nendpoint_url=http://profile\n"
        "[profile conf]\naws_access_key_id=conf-key\naws_secret_access_key=conf-secret\n";
    return files;
}

settings found(
    const variables& env, const std::string& profile, const shared_files& files = sample_files()
) {
    const auto read = resolve_settings(env_of(env), profile, files);
    BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().where));
    return *read;
}

variables with(variables base, const variables& more) {
    base.insert(more.begin(), more.end());
    return base;
}

BOOST_AUTO_TEST_CASE(the_environment_comes_before_the_files) {
    const settings env = found(keys_in_env, "");
    BOOST_TEST(env.who.access_key == "env-key");
    BOOST_TEST(env.who.secret_key == "env-secret");
    BOOST_TEST(env.who.session_token == "env-token");
    BOOST_TEST(!env.who.anonymous);
    BOOST_TEST(found({}, "").who.access_key == "file-key");
}

BOOST_AUTO_TEST_CASE(a_named_profile_comes_before_the_environment) {
    const settings dev = found(keys_in_env, "dev");
    BOOST_TEST(dev.who.access_key == "dev-key");
    BOOST_TEST(dev.who.session_token == "dev-token");
    BOOST_TEST(dev.region == "eu-2");
}

BOOST_AUTO_TEST_CASE(the_profile_of_the_environment_only_chooses_the_section) {
    BOOST_TEST(found({{"AWS_PROFILE", "dev"}}, "").who.access_key == "dev-key");
    const settings both = found(with(keys_in_env, {{"AWS_PROFILE", "dev"}}), "");
    BOOST_TEST(both.who.access_key == "env-key");
    BOOST_TEST(both.region == "eu-2");
    BOOST_TEST(found({{"AWS_PROFILE", "dev"}}, "conf").who.access_key == "conf-key");
}

BOOST_AUTO_TEST_CASE(half_a_key_pair_is_none) {
    const settings half = found({{"AWS_ACCESS_KEY_ID", "env-key"}, {"AWS_SESSION_TOKEN", "t"}}, "");
    BOOST_TEST(half.who.access_key == "file-key");
    BOOST_TEST(half.who.session_token == "");
    BOOST_TEST(
        found({{"AWS_ACCESS_KEY_ID", "env-key"}, {"AWS_SECRET_ACCESS_KEY", ""}}, "")
            .who.access_key == "file-key"
    );
}

BOOST_AUTO_TEST_CASE(keys_may_stand_in_the_config_file) {
    BOOST_TEST(found({}, "conf").who.access_key == "conf-key");
    shared_files both = sample_files();
    both.credentials += "[conf]\naws_access_key_id=first\naws_secret_access_key=s\n";
    BOOST_TEST(found({}, "conf", both).who.access_key == "first");
}

BOOST_AUTO_TEST_CASE(without_keys_it_says_what_was_looked_at_and_what_to_do) {
    const auto none = resolve_settings(env_of({}), "", shared_files());
    BOOST_REQUIRE(!none.has_value());
    BOOST_TEST((none.error().code == s3_errc::no_credentials));
    for (const char* const each :
         {"default",
          "AWS_ACCESS_KEY_ID",
          "AWS_SECRET_ACCESS_KEY",
          "~/.aws/credentials",
          "~/.aws/config"})
        BOOST_TEST(none.error().where.find(each) != std::string::npos, each);
    const auto other = resolve_settings(env_of(keys_in_env), "prod", sample_files());
    BOOST_REQUIRE(!other.has_value());
    BOOST_TEST(other.error().where.find("\"prod\"") != std::string::npos);
    BOOST_TEST(other.error().where.find("/h/credentials") != std::string::npos);
    BOOST_TEST(other.error().where.find("AWS_ACCESS_KEY_ID") == std::string::npos);
    BOOST_TEST(other.error().where.find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_malformed_file_is_an_error_even_when_keys_are_known) {
    shared_files files = sample_files();
    files.config = "[profile\n";
    const auto read = resolve_settings(env_of(keys_in_env), "", files);
    BOOST_REQUIRE(!read.has_value());
    BOOST_TEST((read.error().code == errc::invalid_argument));
    BOOST_TEST(read.error().where.find("/h/config line 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_region_is_that_of_the_environment_then_of_the_files) {
    BOOST_TEST(found({{"AWS_REGION", "r1"}, {"AWS_DEFAULT_REGION", "r2"}}, "").region == "r1");
    BOOST_TEST(found({{"AWS_DEFAULT_REGION", "r2"}}, "").region == "r2");
    BOOST_TEST(found({{"AWS_REGION", ""}}, "").region == "eu-1");
    shared_files only_keys = sample_files();
    only_keys.config = "";
    BOOST_TEST(found({}, "", only_keys).region == "");
    only_keys.credentials += "region=eu-3\n";
    BOOST_TEST(found({}, "dev", only_keys).region == "eu-3");
}

BOOST_AUTO_TEST_CASE(the_endpoint_of_s3_comes_before_that_of_all_services) {
    const variables both = {
        {"AWS_ENDPOINT_URL_S3", "http://s3"}, {"AWS_ENDPOINT_URL", "http://all"}};
    BOOST_TEST(found(both, "dev").endpoint_url == "http://s3");
    BOOST_TEST(found({{"AWS_ENDPOINT_URL", "http://all"}}, "dev").endpoint_url == "http://all");
    BOOST_TEST(found({}, "dev").endpoint_url == "http://profile");
    BOOST_TEST(found({}, "").endpoint_url == "");
    shared_files files = sample_files();
    files.config = "[services mine]\ns3 =\n  endpoint_url = http://services\n"
                   "[profile dev]\nservices = mine\nendpoint_url = http://profile\n";
    BOOST_TEST(found({}, "dev", files).endpoint_url == "http://services");
    files.config = "[profile dev]\nservices = missing\nendpoint_url = http://profile\n";
    BOOST_TEST(found({}, "dev", files).endpoint_url == "http://profile");
}

BOOST_AUTO_TEST_CASE(the_ca_bundle_is_that_of_the_environment_then_of_the_profile) {
    BOOST_TEST(found({{"AWS_CA_BUNDLE", "/env.pem"}}, "").ca_bundle == "/env.pem");
    BOOST_TEST(found({}, "").ca_bundle == "/file.pem");
    BOOST_TEST(found({}, "dev").ca_bundle == "");
}

BOOST_AUTO_TEST_CASE(the_files_lie_at_home_unless_said_otherwise) {
    BOOST_TEST(credentials_path(env_of({{"HOME", "/users/me"}})) == "/users/me/.aws/credentials");
    BOOST_TEST(config_path(env_of({{"HOME", "/users/me"}})) == "/users/me/.aws/config");
    const auto told =
        env_of({{"HOME", "/h"}, {"AWS_SHARED_CREDENTIALS_FILE", "/c"}, {"AWS_CONFIG_FILE", "/d"}});
    BOOST_TEST(credentials_path(told) == "/c");
    BOOST_TEST(config_path(told) == "/d");
    BOOST_TEST(credentials_path(env_of({})) == "");
    BOOST_TEST(config_path(env_of({})) == "");
}

BOOST_AUTO_TEST_SUITE_END()
