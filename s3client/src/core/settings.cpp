// s3client: who signs and where to, found as the AWS SDKs find it.
#include "settings.hpp"

#include "config_files.hpp"

#include <sluice/s3/error.hpp>

#include <initializer_list>

namespace sluice::s3 {

namespace {

std::string from_environment(const environment& env, std::initializer_list<const char*> names) {
    for (const char* each : names) {
        const auto value = env(each);
        if (value && !value->empty()) return *value;
    }
    return {};
}

std::string first_of(std::initializer_list<std::string> values) {
    for (const std::string& each : values)
        if (!each.empty()) return each;
    return {};
}

std::string home_file(const environment& env, const char* variable, const char* name) {
    const std::string said = from_environment(env, {variable});
    if (!said.empty()) return said;
    const std::string home = from_environment(env, {"HOME"});
    return home.empty() ? std::string() : home + "/.aws/" + name;
}

credentials read_keys(const ini_section* section) {
    credentials who;
    who.access_key = value_of(section, "aws_access_key_id");
    who.secret_key = value_of(section, "aws_secret_access_key");
    who.session_token = value_of(section, "aws_session_token");
    return who;
}

bool is_usable(const credentials& who) {
    return !who.access_key.empty() && !who.secret_key.empty();
}

credentials keys_of_environment(const environment& env) {
    credentials who;
    who.access_key = from_environment(env, {"AWS_ACCESS_KEY_ID"});
    who.secret_key = from_environment(env, {"AWS_SECRET_ACCESS_KEY"});
    who.session_token = from_environment(env, {"AWS_SESSION_TOKEN"});
    return who;
}

failure no_keys(const std::string& profile, bool explicit_profile, const shared_files& files) {
    const auto name = [](const std::string& path, const char* usual) {
        return path.empty() ? std::string(usual) : path;
    };
    failure why;
    why.code = s3_errc::no_credentials;
    why.where = "profile \"" + profile + "\": looked for keys in " +
                (explicit_profile ? "" : "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ") +
                name(files.credentials_path, "~/.aws/credentials") + " and " +
                name(files.config_path, "~/.aws/config") +
                (explicit_profile ? "; add that profile, or name another"
                                  : "; set the two variables, or write a profile");
    return why;
}

/// Where the services section of a profile, then the profile itself, says S3 is.
std::string endpoint_of_profile(const ini_file& config, const ini_section* profile) {
    const std::string services = value_of(profile, "services");
    const ini_section* section =
        services.empty() ? nullptr : find_section(config, "services " + services);
    return first_of(
        {value_of(section, "s3.endpoint_url"),
         value_of(profile, "s3.endpoint_url"),
         value_of(profile, "endpoint_url")}
    );
}

} // namespace

std::string credentials_path(const environment& env) {
    return home_file(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
}

std::string config_path(const environment& env) {
    return home_file(env, "AWS_CONFIG_FILE", "config");
}

result<settings>
resolve_settings(const environment& env, const std::string& profile, const shared_files& files) {
    const auto credentials_file = parse_ini(files.credentials, files.credentials_path);
    if (!credentials_file) return credentials_file.error();
    const auto config_file = parse_ini(files.config, files.config_path);
    if (!config_file) return config_file.error();
    const std::string name = first_of({profile, from_environment(env, {"AWS_PROFILE"}), "default"});
    const ini_section* keys = find_section(*credentials_file, name);
    const ini_section* config = find_config_profile(*config_file, name);

    settings found;
    if (profile.empty()) found.who = keys_of_environment(env);
    if (!is_usable(found.who)) found.who = read_keys(keys);
    if (!is_usable(found.who)) found.who = read_keys(config);
    if (!is_usable(found.who)) return no_keys(name, !profile.empty(), files);
    found.region = first_of(
        {from_environment(env, {"AWS_REGION", "AWS_DEFAULT_REGION"}),
         value_of(config, "region"),
         value_of(keys, "region")}
    );
    found.endpoint_url = first_of(
        {from_environment(env, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}),
         endpoint_of_profile(*config_file, config),
         value_of(keys, "endpoint_url")}
    );
    found.ca_bundle =
        first_of({from_environment(env, {"AWS_CA_BUNDLE"}), value_of(config, "ca_bundle")});
    return found;
}

} // namespace sluice::s3
