// s3client: untrusted XML as a tree, within limits, and the few questions that we ask of it.
#pragma once

#include <sluice/base/result.hpp>

#include <pugixml.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// What an answer may be at most: 16 MiB, 16 levels, 64 KiB of text in one element.
struct xml_limits {
    std::size_t bytes = 16 << 20;
    int depth = 16;
    std::size_t text = 64 << 10;
};

/// Parses one document; white space around it is fine. Refuses document types (and with them all
/// entities but the five of XML itself and numeric ones), more than one root, junk behind the root.
/// Errors: s3_errc::malformed_answer.
result<void>
parse_xml(std::string_view text, pugi::xml_document& into, const xml_limits& limits = xml_limits());

/// The name without its namespace prefix.
std::string_view local_name(const pugi::xml_node& node);
/// The only root element.
pugi::xml_node root_of(const pugi::xml_document& document);
/// The first child of that local name; null when there is none.
pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name);
/// The whole text of a child, CDATA and split runs joined; empty when there is none.
std::string text_of(const pugi::xml_node& node, std::string_view name);
std::optional<std::uint64_t> number_of(const pugi::xml_node& node, std::string_view name);

/// `to` gets `text` with & < > " ' escaped. False when XML 1.0 cannot carry it (control bytes).
bool append_xml_text(std::string& to, std::string_view text);

} // namespace sluice::s3
