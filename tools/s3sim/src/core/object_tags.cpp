// s3sim: reads and writes tags.
#include "core/object_tags.hpp"

#include "core/target.hpp"
#include "core/xml_text.hpp"

#include <pugixml.hpp>

namespace sluice::sim {

namespace tag_detail {

outcome<void> add(tag_set& to, const std::string& name, const std::string& value) {
    if (name.empty() || name.size() > 128)
        return refuse(400, "InvalidTag", "The TagKey you have provided is invalid");
    if (value.size() > 256)
        return refuse(400, "InvalidTag", "The TagValue you have provided is invalid");
    if (!to.emplace(name, value).second)
        return refuse(400, "InvalidTag", "Cannot provide multiple Tags with the same key");
    if (to.size() > 10) return refuse(400, "BadRequest", "Object tags cannot be greater than 10");
    return {};
}

refusal malformed() {
    return refuse(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema"
    );
}

} // namespace tag_detail

outcome<tag_set> read_tagging_header(std::string_view text) {
    tag_set out;
    if (text.empty()) return out;
    const auto query = parse_target("/?" + std::string(text));
    if (!query)
        return refuse(
            400, "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URL"
        );
    for (const auto& one : query->query) {
        if (auto good = tag_detail::add(out, one.name, one.value); !good) return good.error();
    }
    return out;
}

outcome<tag_set> read_tagging_document(std::string_view xml) {
    pugi::xml_document document;
    constexpr unsigned flags = pugi::parse_default | pugi::parse_ws_pcdata_single;
    if (!document.load_buffer(xml.data(), xml.size(), flags)) return tag_detail::malformed();
    const auto root = document.document_element();
    const auto set = root.child("TagSet");
    if (std::string_view("Tagging") != root.name() || root.next_sibling() || !set)
        return tag_detail::malformed();
    tag_set out;
    for (const auto& node : set.children()) {
        const bool whole = node.child("Key") && node.child("Value");
        if (std::string_view("Tag") != node.name() || !whole) return tag_detail::malformed();
        const auto good =
            tag_detail::add(out, node.child("Key").text().get(), node.child("Value").text().get());
        if (!good) return good.error();
    }
    return out;
}

std::string tagging_document(const tag_set& tags) {
    xml_text xml("Tagging");
    xml.open("TagSet");
    for (const auto& [name, value] : tags) {
        xml.open("Tag");
        xml.leaf("Key", name);
        xml.leaf("Value", value);
        xml.close("Tag");
    }
    xml.close("TagSet");
    return xml.finish();
}

} // namespace sluice::sim
