// s3client: the two INI files of the AWS tools, as text in and profiles out.
#pragma once

#include <sluice/base/result.hpp>

#include <map>
#include <string>
#include <string_view>

namespace sluice::s3 {

using ini_section =
    std::map<std::string, std::string>; ///< names lower case; nested "s3.endpoint_url"
using ini_file = std::map<std::string, ini_section>;

/// Sections, `name = value`, comments with # and ;, indented lines as nested settings of the line
/// before. Errors: errc::invalid_argument naming `path` and the line, never its content: it may be
/// a secret.
result<ini_file> parse_ini(std::string_view text, const std::string& path);

/// The section of a profile in the config file: "profile name", or "default". Null: none.
const ini_section* find_config_profile(const ini_file& config, const std::string& profile);
const ini_section* find_section(const ini_file& file, const std::string& name);
/// Empty when there is none.
std::string value_of(const ini_section* section, const std::string& name);

} // namespace sluice::s3
