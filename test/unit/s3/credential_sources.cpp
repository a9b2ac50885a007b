// Tests of s3client/src/core/credential_source.cpp and profile_source.cpp: which source is the one.
#include "core/credential_source.hpp"
#include "environments.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(credential_sources)

const variables keys_in_env = {
    {"AWS_ACCESS_KEY_ID", "env-key"},
    {"AWS_SECRET_ACCESS_KEY", "canary-env"},
    {"AWS_SESSION_TOKEN", "canary-token"}};

const std::string two_profiles =
    "[default]\naws_access_key_id=file-key\naws_secret_access_key=canary-file\n"
    "[dev]\naws_access_key_id=dev-key\naws_secret_access_key=canary-dev\n"
    "aws_session_token=canary-token\n";

shared_files files_of(const std::string& config, const std::string& keys = two_profiles) {
    shared_files files;
    files.credentials_path = "/h/credentials";
    files.config_path = "/h/config";
    files.credentials = keys;
    files.config = config;
    return files;
}

variables with(variables base, const variables& more) {
    base.insert(more.begin(), more.end());
    return base;
}

credential_choice
chosen(const variables& env, const std::string& profile = "", const std::string& config = "") {
    auto choice = choose_source(env_of(env), profile, files_of(config));
    BOOST_REQUIRE_MESSAGE(choice.has_value(), (choice ? "" : choice.error().where));
    return std::move(*choice);
}

template <class Source>
Source as(const credential_choice& choice) {
    const auto* found = std::get_if<Source>(&choice.from.how);
    BOOST_REQUIRE_MESSAGE(found != nullptr, choice.from.name);
    return *found;
}

std::string key_of(const credential_choice& choice) {
    return as<key_source>(choice).who.access_key;
}

/// The one line of a refusal.
std::string refusal(
    const variables& env, const std::string& profile, const shared_files& files, error_code code
) {
    const auto choice = choose_source(env_of(env), profile, files);
    BOOST_REQUIRE(choice.has_error());
    BOOST_TEST(choice.error().code == code);
    const std::string line = choice.error().where;
    BOOST_TEST(line.find("canary") == std::string::npos, line);
    BOOST_TEST(line.find('\n') == std::string::npos, line);
    return line;
}

std::string refused(const std::string& config, const variables& env = {}) {
    return refusal(env, "x", files_of(config), s3_errc::no_credentials);
}

void tells(const std::string& line, const std::string& part) {
    BOOST_TEST(line.find(part) != std::string::npos, "\"" << part << "\" in: " << line);
}

BOOST_AUTO_TEST_CASE(the_environment_comes_before_the_files) {
    const auto env = as<key_source>(chosen(keys_in_env)).who;
    BOOST_TEST(env.access_key == "env-key");
    BOOST_TEST(env.secret_key == "canary-env");
    BOOST_TEST(env.session_token == "canary-token");
    BOOST_TEST(!env.anonymous);
    BOOST_TEST(key_of(chosen({})) == "file-key");
}

BOOST_AUTO_TEST_CASE(a_named_profile_comes_before_the_environment) {
    BOOST_TEST(key_of(chosen(keys_in_env, "dev")) == "dev-key");
    BOOST_TEST(as<key_source>(chosen({}, "dev")).who.session_token == "canary-token");
    const variables named = {{"AWS_PROFILE", "dev"}};
    BOOST_TEST(key_of(chosen(named)) == "dev-key");
    BOOST_TEST(key_of(chosen(with(keys_in_env, named))) == "env-key");
}

BOOST_AUTO_TEST_CASE(half_a_key_pair_is_none) {
    const auto half = chosen({{"AWS_ACCESS_KEY_ID", "env-key"}, {"AWS_SESSION_TOKEN", "t"}});
    BOOST_TEST(key_of(half) == "file-key");
    BOOST_TEST(as<key_source>(half).who.session_token == "");
    tells(half.passed_over, "AWS_SECRET_ACCESS_KEY is not set");
    // Nor a half from each file.
    const auto files =
        files_of("[default]\naws_secret_access_key=s\n", "[default]\naws_access_key_id=k\n");
    tells(
        refusal({{"AWS_EC2_METADATA_DISABLED", "true"}}, "", files, s3_errc::no_credentials),
        "no credentials in /h/credentials and /h/config"
    );
}

BOOST_AUTO_TEST_CASE(without_any_source_each_is_named) {
    const std::string line = refusal(
        {{"AWS_EC2_METADATA_DISABLED", "TRUE"}}, "", shared_files(), s3_errc::no_credentials
    );
    for (const char* const each :
         {"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
          "profile \"default\"",
          "~/.aws/credentials",
          "~/.aws/config",
          "AWS_WEB_IDENTITY_TOKEN_FILE",
          "AWS_CONTAINER_CREDENTIALS_FULL_URI",
          "AWS_EC2_METADATA_DISABLED"})
        tells(line, each);
}

BOOST_AUTO_TEST_CASE(a_profile_that_does_not_exist_is_named) {
    const auto files = files_of("");
    for (const auto& [env, name] :
         {std::pair(keys_in_env, "prod"), std::pair(variables{{"AWS_PROFILE", "prod"}}, "")}) {
        const std::string line = refusal(env, name, files, s3_errc::no_credentials);
        tells(line, "\"prod\"");
        tells(line, "/h/credentials");
        tells(line, "/h/config");
    }
    refusal({}, "prod", files_of("[broken\n"), errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_process_prints_them) {
    const std::string config = "[profile x]\ncredential_process = /bin/tool \"a b\" --flag\n";
    BOOST_TEST(as<process_source>(chosen({}, "x", config)).command == "/bin/tool \"a b\" --flag");
    tells(chosen({}, "x", config).from.name, "credential_process");
    // Keys that stand there are taken first.
    BOOST_TEST(key_of(chosen({}, "dev", "[profile dev]\ncredential_process = x\n")) == "dev-key");
}

BOOST_AUTO_TEST_CASE(a_role_is_taken_on_by_another_profile) {
    const auto role = as<role_source>(chosen(
        {},
        "x",
        "[profile x]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=dev\nexternal_id=e\n"
        "role_session_name=me\nduration_seconds=900\n"
    ));
    BOOST_TEST(role.what.role_arn == "arn:aws:iam::1:role/r");
    BOOST_TEST(role.what.external_id == "e");
    BOOST_TEST(role.what.session_name == "me");
    BOOST_TEST(role.what.duration.count() == 900);
    BOOST_TEST(std::get<key_source>(role.by->how).who.access_key == "dev-key");
}

BOOST_AUTO_TEST_CASE(roles_form_chains) {
    const auto outer = as<role_source>(chosen(
        {{"AWS_ROLE_SESSION_NAME", "env-session"}},
        "x",
        "[profile x]\nrole_arn=arn:1\nsource_profile=y\n"
        "[profile y]\nrole_arn=arn:2\nsource_profile=y\naws_access_key_id=k\naws_secret_access_key="
        "s\n"
    ));
    BOOST_TEST(outer.what.session_name == "env-session");
    const auto& inner = std::get<role_source>(outer.by->how);
    BOOST_TEST(inner.what.role_arn == "arn:2");
    BOOST_TEST(std::get<key_source>(inner.by->how).who.access_key == "k");
    tells(
        refused(
            "[profile x]\nrole_arn=a\nsource_profile=y\n[profile y]\nrole_arn=b\nsource_profile="
            "x\n"
        ),
        "leads back to itself"
    );
}

BOOST_AUTO_TEST_CASE(a_role_is_taken_on_by_a_source) {
    const std::string role = "[profile x]\nrole_arn=arn:1\ncredential_source=";
    const auto by = [&](const std::string& kind, const variables& env) {
        return as<role_source>(chosen(env, "x", role + kind + "\n")).by;
    };
    BOOST_TEST(
        std::get<key_source>(by("Environment", keys_in_env)->how).who.access_key == "env-key"
    );
    BOOST_TEST(
        std::get<instance_source>(by("Ec2InstanceMetadata", {})->how).where.host ==
        "169.254.169.254"
    );
    const variables agent = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds"}};
    BOOST_TEST(std::get<container_source>(by("EcsContainer", agent)->how).where.target == "/creds");
    tells(refused(role + "Environment\n"), "there are none");
    tells(refused(role + "EcsContainer\n"), "there are none");
    tells(refused(role + "Moon\n"), "must be Environment, Ec2InstanceMetadata or EcsContainer");
}

BOOST_AUTO_TEST_CASE(a_role_that_cannot_be_taken_on_says_why) {
    tells(refused("[profile x]\nrole_arn=a\n"), "needs source_profile");
    tells(
        refused("[profile x]\nrole_arn=a\nsource_profile=dev\ncredential_source=Environment\n"),
        "exclude each other"
    );
    tells(refused("[profile x]\nrole_arn=a\nsource_profile=y\n"), "\"y\" has no credentials");
    tells(refused("[profile x]\nrole_arn=a\nsource_profile=x\n"), "\"x\" has no credentials");
    tells(refused("[profile x]\nrole_arn=a\nsource_profile=dev\nmfa_serial=m\n"), "mfa_serial");
    tells(
        refused("[profile x]\nrole_arn=a\nsource_profile=dev\nduration_seconds=12h\n"),
        "duration_seconds must be a number from 900 to 43200"
    );
    tells(refused("[profile x]\nsso_session=s\n"), "aws configure export-credentials --profile x");
    tells(refused("[profile x]\nsso_start_url=s\n"), "SSO");
}

BOOST_AUTO_TEST_CASE(a_web_identity_needs_its_role) {
    const variables token = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}};
    const auto files = files_of("", "");
    tells(refusal(token, "", files, s3_errc::no_credentials), "AWS_ROLE_ARN is not: set both");
    const auto both = choose_source(
        env_of(with(token, {{"AWS_ROLE_ARN", "arn:1"}, {"AWS_ROLE_SESSION_NAME", "n"}})), "", files
    );
    const auto found = as<web_identity_source>(both.value());
    BOOST_TEST(found.token_file == "/t");
    BOOST_TEST(found.what.role_arn == "arn:1");
    BOOST_TEST(found.what.session_name == "n");
    const auto profile = as<web_identity_source>(
        chosen({}, "x", "[profile x]\nrole_arn=arn:2\nweb_identity_token_file=/u\n")
    );
    BOOST_TEST(profile.token_file == "/u");
    BOOST_TEST(profile.what.role_arn == "arn:2");
    // What is written down comes first.
    BOOST_TEST(key_of(chosen(with(token, {{"AWS_ROLE_ARN", "arn:1"}}))) == "file-key");
}

BOOST_AUTO_TEST_CASE(a_container_is_asked_at_known_places_only) {
    const auto files = files_of("", "");
    const auto at = [&](const variables& env) {
        return as<container_source>(choose_source(env_of(env), "", files).value());
    };
    const auto relative =
        at({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/creds?id=7"},
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/other"},
            {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary"},
            {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t"}});
    BOOST_TEST(relative.where.where.host == "169.254.170.2");
    BOOST_TEST(relative.where.where.port == 80);
    BOOST_TEST(relative.where.target == "/v2/creds?id=7");
    BOOST_TEST(relative.token == "canary");
    BOOST_TEST(relative.token_file == "/t");
    for (const char* const good :
         {"http://127.0.0.1:8080/x",
          "http://localhost/x",
          "http://[::1]:1/x",
          "http://169.254.170.23/v1/credentials",
          "http://[fd00:ec2::23]/v1/credentials",
          "https://anything.example.com/x"})
        BOOST_TEST(at({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", good}}).where.target.size() > 1);
    for (const char* const bad :
         {"http://169.254.169.254/x",
          "http://127.evil.example.com/x",
          "http://10.0.0.1/x",
          "ftp://127.0.0.1/x",
          "http://127.0.0.1@evil/x",
          "http://127.0.0.1/a b",
          "http://127.0.0.1/a\r\nX: y",
          "http://127.0.0.1:99999/"})
        tells(
            refusal(
                {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", bad}}, "", files, s3_errc::no_credentials
            ),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        );
    tells(
        refusal(
            {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil/x"}},
            "",
            files,
            s3_errc::no_credentials
        ),
        "slash"
    );
}

BOOST_AUTO_TEST_CASE(an_instance_is_the_last_resort) {
    const auto files = files_of("", "");
    const auto at = [&](const variables& env) {
        return choose_source(env_of(env), "", files).value();
    };
    BOOST_TEST(as<instance_source>(at({})).where.host == "169.254.169.254");
    tells(at({}).passed_over, "profile \"default\"");
    const auto six = at({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}});
    BOOST_TEST(as<instance_source>(six).where.host == "fd00:ec2::254");
    const auto other = at({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:7/"}});
    BOOST_TEST(as<instance_source>(other).where.port == 7);
    refusal({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "nowhere"}}, "", files, errc::invalid_argument);
    failure why;
    why.where = "no answer";
    const failure whole = without_credentials(at({}), why);
    tells(whole.where, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; profile");
    tells(whole.where, "instance metadata at 169.254.169.254: no answer");
}

BOOST_AUTO_TEST_CASE(control_bytes_in_keys_are_refused) {
    tells(
        refusal(
            with({{"AWS_SESSION_TOKEN", "canary\r\nX-Evil: 1"}}, keys_in_env),
            "",
            shared_files(),
            s3_errc::unsafe_input
        ),
        "control bytes in the session token"
    );
    tells(
        refusal(
            {{"AWS_ACCESS_KEY_ID", "canary\x7f"}, {"AWS_SECRET_ACCESS_KEY", "s"}},
            "",
            shared_files(),
            s3_errc::unsafe_input
        ),
        "control bytes in the access key"
    );
}

BOOST_AUTO_TEST_SUITE_END()
