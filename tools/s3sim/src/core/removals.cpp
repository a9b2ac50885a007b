// s3sim: which objects are to go, and which went.
#include "core/removals.hpp"

#include "core/xml_text.hpp"

#include <pugixml.hpp>

namespace sluice::sim {

namespace removal_detail {

refusal malformed() {
    return refuse(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema"
    );
}

} // namespace removal_detail

outcome<removal_list> read_removals(std::string_view xml) {
    using removal_detail::malformed;
    pugi::xml_document document;
    // Keys are bytes: white space is one, and a reference to CR stays CR.
    constexpr unsigned flags = pugi::parse_default | pugi::parse_ws_pcdata_single;
    if (!document.load_buffer(xml.data(), xml.size(), flags)) return malformed();
    const auto root = document.document_element();
    if (std::string_view("Delete") != root.name() || root.next_sibling()) return malformed();
    removal_list out;
    for (const auto& node : root.children()) {
        const std::string_view name = node.name();
        if (name == "Quiet") {
            out.quiet = std::string_view(node.text().get()) == "true";
            continue;
        }
        if (name != "Object") return malformed();
        out.keys.emplace_back(node.child("Key").text().get());
        out.versions.emplace_back(node.child("VersionId").text().get());
        if (out.keys.back().empty()) return malformed();
    }
    if (out.keys.empty() || out.keys.size() > 1000) return malformed();
    return out;
}

std::string removals_document(
    const std::vector<std::string>& removed, const std::vector<removal_failure>& failed
) {
    xml_text xml("DeleteResult");
    for (const auto& key : removed) {
        xml.open("Deleted");
        xml.leaf("Key", key);
        xml.close("Deleted");
    }
    for (const auto& one : failed) {
        xml.open("Error");
        xml.leaf("Key", one.key);
        xml.leaf("Code", one.why.code);
        xml.leaf("Message", one.why.message);
        xml.close("Error");
    }
    return xml.finish();
}

} // namespace sluice::sim
