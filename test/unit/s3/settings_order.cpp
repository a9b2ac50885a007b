// Tests of s3client/src/core/settings.cpp: where stores are.
#include "core/settings.hpp"
#include "environments.hpp"

#include <sluice/base/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(settings_order)

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

BOOST_AUTO_TEST_CASE(a_profile_chooses_the_section) {
    BOOST_TEST(found({}, "dev").region == "eu-2");
    BOOST_TEST(found({{"AWS_PROFILE", "dev"}}, "").region == "eu-2");
    BOOST_TEST(found({{"AWS_PROFILE", "dev"}}, "conf").region == "");
}

BOOST_AUTO_TEST_CASE(a_malformed_file_is_an_error_even_when_keys_are_known) {
    shared_files files = sample_files();
    files.config = "[profile\n";
    const auto read = resolve_settings(env_of({}), "", files);
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

BOOST_AUTO_TEST_CASE(how_requests_are_made_is_told_by_environment_then_config_then_credentials) {
    const settings nothing = found({}, "");
    BOOST_TEST(!nothing.max_attempts.has_value());
    BOOST_TEST((!nothing.send_checksums && !nothing.validate_checksums));
    shared_files files = sample_files();
    files.credentials += "max_attempts=7\nrequest_checksum_calculation=when_required\n";
    const settings of_keys = found({}, "dev", files);
    BOOST_TEST((of_keys.max_attempts == 7u && of_keys.send_checksums == false));
    files.config =
        "[profile dev]\nmax_attempts = 9\nrequest_checksum_calculation = When_Supported\n"
        "response_checksum_validation = WHEN_REQUIRED\n";
    const settings of_config = found({}, "dev", files);
    BOOST_TEST((of_config.max_attempts == 9u && of_config.send_checksums == true));
    BOOST_TEST((of_config.validate_checksums == false));
    const settings of_environment = found(
        {{"AWS_MAX_ATTEMPTS", "1"},
         {"AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"},
         {"AWS_RESPONSE_CHECKSUM_VALIDATION", "when_supported"}},
        "dev",
        files
    );
    BOOST_TEST((of_environment.max_attempts == 1u && of_environment.send_checksums == false));
    BOOST_TEST((of_environment.validate_checksums == true));
    BOOST_TEST(!found({{"AWS_MAX_ATTEMPTS", ""}}, "").max_attempts.has_value());
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_used_are_refused_by_the_name_of_who_said_them) {
    const auto refusal = [](const variables& env, const shared_files& files) {
        const auto read = resolve_settings(env_of(env), "dev", files);
        BOOST_REQUIRE(!read.has_value());
        BOOST_TEST((read.error().code == errc::invalid_argument));
        return read.error().where;
    };
    for (const char* const each : {"0", "-1", "three", "3x", "1001", "99999999999", "1.5", " 3"})
        BOOST_TEST(
            refusal({{"AWS_MAX_ATTEMPTS", each}}, sample_files()) ==
            "AWS_MAX_ATTEMPTS \"" + std::string(each) + "\": must be a number from 1 to 1000"
        );
    BOOST_TEST(
        refusal({{"AWS_REQUEST_CHECKSUM_CALCULATION", "never"}}, sample_files()) ==
        "AWS_REQUEST_CHECKSUM_CALCULATION \"never\": must be when_supported or when_required"
    );
    shared_files files = sample_files();
    files.config = "[profile dev]\nresponse_checksum_validation = yes\n";
    BOOST_TEST(
        refusal({}, files) == "profile \"dev\", response_checksum_validation \"yes\": must be "
                              "when_supported or when_required"
    );
}

BOOST_AUTO_TEST_CASE(sts_has_an_endpoint_of_its_own) {
    const variables both = {
        {"AWS_ENDPOINT_URL_STS", "http://sts"}, {"AWS_ENDPOINT_URL", "http://all"}};
    BOOST_TEST(found(both, "dev").sts_endpoint_url == "http://sts");
    BOOST_TEST(found(both, "dev").endpoint_url == "http://all");
    BOOST_TEST(
        found({{"AWS_ENDPOINT_URL_S3", "http://s3"}}, "").sts_endpoint_url == "", "not that of S3"
    );
    shared_files files = sample_files();
    files.config = "[services mine]\nsts =\n  endpoint_url = http://services\n"
                   "[profile dev]\nservices = mine\n";
    BOOST_TEST(found({}, "dev", files).sts_endpoint_url == "http://services");
    BOOST_TEST(found({}, "dev", files).endpoint_url == "");
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
