// s3client: roles, keys, processes of profiles.
#include "profile_source.hpp"

#include "http_head.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace sluice::s3 {

namespace {

using found_source = result<std::optional<credential_source>>;

failure unusable(const std::string& profile, const std::string& what) {
    failure why;
    why.code = s3_errc::no_credentials;
    why.where = "profile \"" + profile + "\": " + what;
    return why;
}

/// Follows `source_profile` from profile to profile.
class profile_reader {
  public:
    profile_reader(const profile_files& files, const environment& env) : files_(files), env_(env) {}

    found_source read(const std::string& profile) {
        const bool again = std::find(seen_.begin(), seen_.end(), profile) != seen_.end();
        if (again) return unusable(profile, "its source_profile leads back to itself");
        seen_.push_back(profile);
        if (!value(profile, "role_arn").empty()) return role(profile);
        if (auto keys = keys_of(profile)) return keys;
        if (const std::string command = value(profile, "credential_process"); !command.empty())
            return credential_source{
                named(profile, "its credential_process"), process_source{command}};
        const bool sso =
            !value(profile, "sso_session").empty() || !value(profile, "sso_start_url").empty();
        if (sso)
            return unusable(
                profile,
                "it logs in by SSO, which is not done here: name a profile with the line "
                "credential_process = aws configure export-credentials --profile " +
                    profile
            );
        return std::optional<credential_source>();
    }

  private:
    std::string value(const std::string& profile, const std::string& name) const {
        const std::string first = value_of(find_section(files_.credentials, profile), name);
        return first.empty() ? value_of(find_config_profile(files_.config, profile), name) : first;
    }
    static std::string named(const std::string& profile, const std::string& what) {
        return "profile \"" + profile + "\" (" + what + ")";
    }
    /// Of one file or the other, never half of each.
    std::optional<credential_source> keys_of(const std::string& profile) const {
        for (const ini_section* section :
             {find_section(files_.credentials, profile),
              find_config_profile(files_.config, profile)}) {
            credentials who;
            who.access_key = value_of(section, "aws_access_key_id");
            who.secret_key = value_of(section, "aws_secret_access_key");
            who.session_token = value_of(section, "aws_session_token");
            if (is_usable(who))
                return credential_source{"profile \"" + profile + "\"", key_source{std::move(who)}};
        }
        return std::nullopt;
    }
    found_source role(const std::string& profile) {
        role_request what;
        what.role_arn = value(profile, "role_arn");
        what.session_name = value(profile, "role_session_name");
        if (what.session_name.empty()) what.session_name = value_in(env_, "AWS_ROLE_SESSION_NAME");
        what.external_id = value(profile, "external_id");
        const std::string seconds = value(profile, "duration_seconds");
        if (!seconds.empty() && !read_duration(seconds, what.duration))
            return unusable(profile, "duration_seconds must be a number from 900 to 43200");
        if (!value(profile, "mfa_serial").empty())
            return unusable(
                profile,
                "its role wants an MFA code (mfa_serial), which cannot be typed here: get session "
                "credentials elsewhere, or name a profile with credential_process"
            );
        const std::string token_file = value(profile, "web_identity_token_file");
        if (!token_file.empty()) {
            web_identity_source how{std::move(what), token_file};
            return credential_source{named(profile, "its web identity"), std::move(how)};
        }
        auto by = base_of(profile);
        if (!by) return by.error();
        role_source how{
            std::move(what), std::make_shared<const credential_source>(std::move(**by))};
        return credential_source{named(profile, "its role, by STS"), std::move(how)};
    }
    static bool read_duration(const std::string& text, std::chrono::seconds& to) {
        unsigned value = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, value);
        to = std::chrono::seconds(value);
        return read.ec == std::errc() && read.ptr == end && value >= 900 && value <= 43'200;
    }
    /// Who takes on the role; never nullopt.
    found_source base_of(const std::string& profile) {
        const std::string source = value(profile, "source_profile");
        const std::string kind = value(profile, "credential_source");
        if (!source.empty() && !kind.empty())
            return unusable(profile, "source_profile and credential_source exclude each other");
        if (source.empty() && kind.empty())
            return unusable(
                profile,
                "role_arn needs source_profile, credential_source or web_identity_token_file"
            );
        auto found = source.empty()      ? of_kind(profile, kind)
                     : source == profile ? found_source(keys_of(profile))
                                         : read(source);
        if (!found || *found) return found;
        return unusable(
            profile,
            source.empty() ? "credential_source = " + kind + ", and there are none"
                           : "its source_profile \"" + source + "\" has no credentials"
        );
    }
    found_source of_kind(const std::string& profile, const std::string& kind) const {
        if (kind == "EcsContainer") return container_of_environment(env_);
        if (kind == "Ec2InstanceMetadata") return instance_of(env_);
        if (kind != "Environment")
            return unusable(
                profile,
                "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer"
            );
        credentials who = keys_of_environment(env_);
        if (!is_usable(who)) return std::optional<credential_source>();
        return credential_source{"environment (AWS_ACCESS_KEY_ID)", key_source{std::move(who)}};
    }

    const profile_files& files_;
    const environment& env_;
    std::vector<std::string> seen_;
};

std::string shown(const std::string& path, const char* usual) {
    return path.empty() ? std::string(usual) : path;
}

std::string both_files(const shared_files& files) {
    return shown(files.credentials_path, "~/.aws/credentials") + " and " +
           shown(files.config_path, "~/.aws/config");
}

} // namespace

bool is_usable(const credentials& who) {
    return !who.access_key.empty() && !who.secret_key.empty();
}

result<profile_files>
read_profiles(const environment& env, const std::string& profile, const shared_files& files) {
    profile_files read;
    auto credentials = parse_ini(files.credentials, files.credentials_path);
    if (!credentials) return credentials.error();
    auto config = parse_ini(files.config, files.config_path);
    if (!config) return config.error();
    read.credentials = std::move(*credentials);
    read.config = std::move(*config);
    read.name = profile.empty() ? value_in(env, "AWS_PROFILE") : profile;
    read.by_name = !read.name.empty();
    if (!read.by_name) read.name = "default";
    const bool exists = find_section(read.credentials, read.name) != nullptr ||
                        find_config_profile(read.config, read.name) != nullptr;
    if (read.by_name && !exists)
        return unusable(
            read.name,
            "it stands neither in " + shown(files.credentials_path, "~/.aws/credentials") +
                " nor in " + shown(files.config_path, "~/.aws/config") +
                "; add it there, or name another"
        );
    return read;
}

result<std::optional<credential_source>>
source_of_profile(const profile_files& profiles, const environment& env) {
    return profile_reader(profiles, env).read(profiles.name);
}

std::string no_keys_in_profile(const profile_files& profiles, const shared_files& files) {
    return "profile \"" + profiles.name + "\": no credentials in " + both_files(files);
}

result<credential_choice> checked_keys(credential_choice&& choice) {
    const auto* keys = std::get_if<key_source>(&choice.from.how);
    if (keys == nullptr) return std::move(choice);
    const bool key = is_header_safe(keys->who.access_key);
    if (key && is_header_safe(keys->who.session_token)) return std::move(choice);
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where =
        choice.from.name + ": control bytes in the " + (key ? "session token" : "access key");
    return why;
}

} // namespace sluice::s3
