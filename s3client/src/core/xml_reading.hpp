// s3client: what the readers of documents share.
#pragma once

#include "xml_tree.hpp"

#include <sluice/base/result.hpp>

#include <string>
#include <string_view>

namespace sluice::s3 {

failure malformed_document(std::string what);
/// Parses; the only root must be called `name`.
result<pugi::xml_node>
expect_root(std::string_view text, pugi::xml_document& document, std::string_view name);
bool is_true(const pugi::xml_node& node, std::string_view name);

/// Adds `<name>text</name>`; false when XML 1.0 cannot carry the text.
bool append_element(std::string& to, std::string_view name, std::string_view text);

} // namespace sluice::s3
