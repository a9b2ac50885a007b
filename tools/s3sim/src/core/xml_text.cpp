// s3sim: XML by hand; there is little of it.
#include "core/xml_text.hpp"

namespace sluice::sim {

namespace xml_detail {

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

std::string_view entity(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    default:
        return {};
    }
}

} // namespace xml_detail

std::string xml_escape(std::string_view raw) {
    std::string out;
    out.reserve(raw.size() + 8);
    for (const char c : raw) {
        const auto named = xml_detail::entity(c);
        const auto byte = static_cast<unsigned char>(c);
        if (!named.empty()) {
            out += named;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "&#" + std::to_string(byte) + ';';
        } else {
            out += c;
        }
    }
    return out;
}

xml_text::xml_text(std::string_view root) : root_(root), text_(xml_detail::declaration) {
    text_ += '<' + root_ + " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
}

void xml_text::open(std::string_view name) {
    text_ += '<';
    text_ += name;
    text_ += '>';
}

void xml_text::close(std::string_view name) {
    text_ += "</";
    text_ += name;
    text_ += '>';
}

void xml_text::leaf(std::string_view name, std::string_view value) {
    open(name);
    text_ += xml_escape(value);
    close(name);
}

std::string xml_text::finish() {
    close(root_);
    return std::move(text_);
}

std::string
error_document(const refusal& why, std::string_view resource, std::string_view request_id) {
    std::string out(xml_detail::declaration);
    const auto leaf = [&out](std::string_view name, std::string_view value) {
        out += '<' + std::string(name) + '>' + xml_escape(value) + "</" + std::string(name) + '>';
    };
    out += "<Error>";
    leaf("Code", why.code);
    leaf("Message", why.message);
    for (const auto& [name, value] : why.details)
        leaf(name, value);
    leaf("Resource", resource);
    leaf("RequestId", request_id);
    out += "</Error>";
    return out;
}

} // namespace sluice::sim
