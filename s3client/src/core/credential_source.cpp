// s3client: the chain: environment, profile, web identity, container, instance.
#include "credential_source.hpp"

#include "profile_source.hpp"

#include <sluice/s3/error.hpp>

#include <optional>
#include <utility>

namespace sluice::s3 {

namespace {

failure no_source(std::string where) {
    failure why;
    why.code = s3_errc::no_credentials;
    why.where = std::move(where);
    return why;
}

bool is_true(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text == "true";
}

std::string whats_missing(const environment& env) {
    const bool key = !value_in(env, "AWS_ACCESS_KEY_ID").empty();
    const bool secret = !value_in(env, "AWS_SECRET_ACCESS_KEY").empty();
    if (key) return "environment: AWS_SECRET_ACCESS_KEY is not set";
    if (secret) return "environment: AWS_ACCESS_KEY_ID is not set";
    return "environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set";
}

result<std::optional<credential_source>> web_identity_of_environment(const environment& env) {
    std::optional<credential_source> none;
    const std::string file = value_in(env, "AWS_WEB_IDENTITY_TOKEN_FILE");
    if (file.empty()) return none;
    web_identity_source how;
    how.token_file = file;
    how.what.role_arn = value_in(env, "AWS_ROLE_ARN");
    how.what.session_name = value_in(env, "AWS_ROLE_SESSION_NAME");
    if (how.what.role_arn.empty())
        return no_source("AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not: set both");
    return credential_source{"web identity (AWS_WEB_IDENTITY_TOKEN_FILE)", std::move(how)};
}

void note(std::string& to, const std::string& what) {
    to += (to.empty() ? "" : "; ") + what;
}

} // namespace

std::string value_in(const environment& env, const char* name) {
    const auto value = env(name);
    return value ? *value : std::string();
}

credentials keys_of_environment(const environment& env) {
    credentials who;
    who.access_key = value_in(env, "AWS_ACCESS_KEY_ID");
    who.secret_key = value_in(env, "AWS_SECRET_ACCESS_KEY");
    who.session_token = value_in(env, "AWS_SESSION_TOKEN");
    return who;
}

result<std::optional<credential_source>> container_of_environment(const environment& env) {
    std::optional<credential_source> none;
    const std::string relative = value_in(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string full = value_in(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.empty() && full.empty()) return none;
    const std::string name = relative.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI"
                                              : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    if (!relative.empty() && relative.front() != '/')
        return no_source(name + " must begin with a slash");
    auto url = parse_http_url(relative.empty() ? full : "http://169.254.170.2" + relative);
    if (!url) return no_source(name + " " + url.error().where);
    if (!url->where.tls && !is_credential_host(url->where.host))
        return no_source(
            name +
            ": over http:// only this machine and the addresses of ECS and EKS are asked, "
            "not " +
            url->where.host + " (https:// may be any)"
        );
    container_source how;
    how.where = std::move(*url);
    how.token_file = value_in(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    how.token = value_in(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    return credential_source{"container credentials (" + name + ")", std::move(how)};
}

result<std::optional<credential_source>> instance_of(const environment& env) {
    std::optional<credential_source> none;
    if (is_true(value_in(env, "AWS_EC2_METADATA_DISABLED"))) return none;
    std::string url = value_in(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const bool ipv6 = value_in(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") == "IPv6";
    if (url.empty()) url = ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
    auto where = parse_endpoint(url);
    if (!where) {
        failure why = where.error();
        why.where = "AWS_EC2_METADATA_SERVICE_ENDPOINT: " + why.where;
        return why;
    }
    instance_source how;
    how.where = std::move(*where);
    return credential_source{"instance metadata at " + how.where.host, std::move(how)};
}

result<credential_choice>
choose_source(const environment& env, const std::string& profile, const shared_files& files) {
    credential_choice choice;
    if (profile.empty()) {
        credentials who = keys_of_environment(env);
        if (is_usable(who)) {
            choice.from = {"environment (AWS_ACCESS_KEY_ID)", key_source{std::move(who)}};
            return checked_keys(std::move(choice));
        }
        note(choice.passed_over, whats_missing(env));
    }
    auto profiles = read_profiles(env, profile, files);
    if (!profiles) return profiles.error();
    auto found = source_of_profile(*profiles, env);
    if (!found) return found.error();
    if (!*found) {
        note(choice.passed_over, no_keys_in_profile(*profiles, files));
        found = web_identity_of_environment(env);
        if (!found) return found.error();
    }
    if (!*found) {
        note(choice.passed_over, "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        found = container_of_environment(env);
        if (!found) return found.error();
    }
    if (!*found) {
        note(choice.passed_over, "container: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set");
        found = instance_of(env);
        if (!found) return found.error();
    }
    if (!*found)
        return no_source(
            choice.passed_over + "; instance metadata: AWS_EC2_METADATA_DISABLED is set"
        );
    choice.from = std::move(**found);
    return checked_keys(std::move(choice));
}

failure without_credentials(const credential_choice& choice, failure why) {
    std::string where = choice.from.name + ": " + why.where;
    if (!choice.passed_over.empty()) where = choice.passed_over + "; " + where;
    why.where = std::move(where);
    return why;
}

} // namespace sluice::s3
