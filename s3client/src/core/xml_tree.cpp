// s3client: pugixml held to our rules.
#include "xml_tree.hpp"

#include <sluice/s3/error.hpp>

#include <charconv>

namespace sluice::s3 {

namespace {

failure malformed_xml(std::string_view what) {
    failure why;
    why.code = s3_errc::malformed_answer;
    why.where = std::string(what);
    return why;
}

/// Visits every node once, without recursion.
struct limits_walker final : pugi::xml_tree_walker {
    explicit limits_walker(const xml_limits& most) : limits(most) {}
    bool for_each(pugi::xml_node& node) override {
        if (depth() > limits.depth) return false;
        return std::string_view(node.value()).size() <= limits.text;
    }
    const xml_limits& limits;
};

/// Before the parser sees it: a document type is refused, wherever it stands outside of CDATA.
/// '<' is always escaped in text and attributes, so this finds nothing else.
bool has_document_type(std::string_view text) {
    return text.find("<!DOCTYPE") != std::string_view::npos ||
           text.find("<!ENTITY") != std::string_view::npos;
}

/// Exactly one element, and no text beside it.
bool has_single_root(const pugi::xml_document& document) {
    std::size_t roots = 0;
    for (const pugi::xml_node& each : document.children()) {
        if (each.type() == pugi::node_element) ++roots;
        if (each.type() == pugi::node_cdata) return false;
        if (each.type() == pugi::node_pcdata &&
            std::string_view(each.value()).find_first_not_of(" \t\r\n") != std::string_view::npos)
            return false;
    }
    return roots == 1;
}

/// Nesting is limited before the tree is built: destroying a deep tree would recurse.
bool is_too_deep(std::string_view text, int most) {
    int depth = 0;
    for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
        if (at + 1 >= text.size()) break;
        if (text[at + 1] == '/') {
            --depth;
        } else if (text[at + 1] != '?' && text[at + 1] != '!') {
            const auto end = text.find('>', at);
            if (end == std::string_view::npos) break;
            if (text[end - 1] != '/' && ++depth > most) return true;
        }
    }
    return false;
}

} // namespace

result<void> parse_xml(std::string_view text, pugi::xml_document& into, const xml_limits& limits) {
    if (text.size() > limits.bytes) return malformed_xml("the XML answer is too large");
    if (has_document_type(text)) return malformed_xml("the XML answer has a document type");
    if (is_too_deep(text, limits.depth))
        return malformed_xml("the XML answer is nested too deeply");
    // pugixml's default would drop keys of white space and turn \r in keys into \n; text beside the
    // root, which it drops unless told that this is a fragment, is for us to refuse.
    constexpr unsigned flags =
        (pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_fragment) &
        ~static_cast<unsigned>(pugi::parse_eol);
    if (text.find('\0') != std::string_view::npos)
        return malformed_xml("the XML answer has a null byte"); // pugixml would stop there
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return malformed_xml("the XML answer is empty");
    text.remove_prefix(first);
    const pugi::xml_parse_result parsed =
        into.load_buffer(text.data(), text.size(), flags, pugi::encoding_utf8);
    if (!parsed)
        return malformed_xml(std::string("the answer is not XML: ") + parsed.description());
    if (!has_single_root(into)) return malformed_xml("the XML answer has no single root");
    limits_walker walker(limits);
    if (!into.traverse(walker)) return malformed_xml("the XML answer exceeds the limits");
    return result<void>();
}

std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node root_of(const pugi::xml_document& document) {
    return document.document_element();
}

pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name) {
    for (const pugi::xml_node& each : node.children())
        if (each.type() == pugi::node_element && local_name(each) == name) return each;
    return pugi::xml_node();
}

std::string text_of(const pugi::xml_node& node, std::string_view name) {
    std::string text;
    for (const pugi::xml_node& each : child_of(node, name).children())
        if (each.type() == pugi::node_pcdata || each.type() == pugi::node_cdata)
            text += each.value();
    return text;
}

std::optional<std::uint64_t> number_of(const pugi::xml_node& node, std::string_view name) {
    const std::string text = text_of(node, name);
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return value;
}

bool append_xml_text(std::string& to, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '&':
            to += "&amp;";
            break;
        case '<':
            to += "&lt;";
            break;
        case '>':
            to += "&gt;";
            break;
        case '"':
            to += "&quot;";
            break;
        case '\'':
            to += "&apos;";
            break;
        case '\r':
            to += "&#13;";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') return false;
            to += c;
        }
    }
    return true;
}

} // namespace sluice::s3
