// s3client: where to, found as the AWS SDKs find it.
#include "settings.hpp"

#include "config_files.hpp"

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

/// Where the services section of a profile, then the profile itself, says that a service is.
std::string endpoint_of_profile(
    const ini_file& config, const ini_section* profile, const std::string& service
) {
    const std::string services = value_of(profile, "services");
    const ini_section* section =
        services.empty() ? nullptr : find_section(config, "services " + services);
    return first_of(
        {value_of(section, service + ".endpoint_url"),
         value_of(profile, service + ".endpoint_url"),
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
    found.region = first_of(
        {from_environment(env, {"AWS_REGION", "AWS_DEFAULT_REGION"}),
         value_of(config, "region"),
         value_of(keys, "region")}
    );
    found.endpoint_url = first_of(
        {from_environment(env, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}),
         endpoint_of_profile(*config_file, config, "s3"),
         value_of(keys, "endpoint_url")}
    );
    found.sts_endpoint_url = first_of(
        {from_environment(env, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}),
         endpoint_of_profile(*config_file, config, "sts"),
         value_of(keys, "endpoint_url")}
    );
    found.ca_bundle =
        first_of({from_environment(env, {"AWS_CA_BUNDLE"}), value_of(config, "ca_bundle")});
    return found;
}

} // namespace sluice::s3
