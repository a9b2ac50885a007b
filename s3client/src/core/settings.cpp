// s3client: where to, found as the AWS SDKs find it.
#include "settings.hpp"

#include "config_files.hpp"

#include <sluice/base/error.hpp>

#include <charconv>
#include <initializer_list>
#include <utility>

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

/// A value, and how to tell people where it was found.
struct found_value {
    std::string text; ///< empty: nobody said
    std::string where;
};

/// What environment, config and credentials file say, in this order.
found_value find_value(
    const environment& env,
    const char* variable,
    const char* name,
    const std::string& profile,
    std::initializer_list<const ini_section*> sections
) {
    if (const std::string said = from_environment(env, {variable}); !said.empty())
        return {said, variable};
    for (const ini_section* each : sections)
        if (const std::string said = value_of(each, name); !said.empty())
            return {said, "profile \"" + profile + "\", " + name};
    return {};
}

failure unusable(const found_value& value, const std::string& known) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = value.where + " \"" + value.text + "\": must be " + known;
    return why;
}

result<std::optional<unsigned>> read_attempts(const found_value& value) {
    std::optional<unsigned> read;
    if (value.text.empty()) return read;
    unsigned number = 0;
    const char* const end = value.text.data() + value.text.size();
    const auto done = std::from_chars(value.text.data(), end, number);
    constexpr unsigned most = 1000;
    if (done.ec != std::errc() || done.ptr != end || number < 1 || number > most)
        return unusable(value, "a number from 1 to 1000");
    read = number;
    return read;
}

/// Whether it is done wherever it can be; in any case of letters, as the SDKs take it.
result<std::optional<bool>> read_when(const found_value& value) {
    std::optional<bool> read;
    if (value.text.empty()) return read;
    std::string word = value.text;
    for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (word != "when_supported" && word != "when_required")
        return unusable(value, "when_supported or when_required");
    read = word == "when_supported";
    return read;
}

/// How requests are made, as far as somebody has said.
result<void> read_manners(
    settings& to,
    const environment& env,
    const std::string& profile,
    std::initializer_list<const ini_section*> sections
) {
    const auto find = [&](const char* variable, const char* name) {
        return find_value(env, variable, name, profile, sections);
    };
    auto attempts = read_attempts(find("AWS_MAX_ATTEMPTS", "max_attempts"));
    if (!attempts) return attempts.error();
    to.max_attempts = *attempts;
    auto send = read_when(find("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation"));
    if (!send) return send.error();
    to.send_checksums = *send;
    auto validate =
        read_when(find("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation"));
    if (!validate) return validate.error();
    to.validate_checksums = *validate;
    return result<void>();
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
    if (auto good = read_manners(found, env, name, {config, keys}); !good) return good.error();
    found.warnings = files.warnings;
    return found;
}

} // namespace sluice::s3
