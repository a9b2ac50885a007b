// s3client: documents about single objects: copies, removals, tags.
#include "xml_documents.hpp"
#include "xml_reading.hpp"

#include <sluice/s3/error.hpp>

namespace sluice::s3 {

namespace {

constexpr const char* name_space = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";

failure beyond_xml(const std::string& what) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = what;
    return why;
}

} // namespace

result<copied_document> read_copied(std::string_view text, std::string_view root_name) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, root_name);
    if (!root) return root.error();
    copied_document copied;
    copied.etag = text_of(*root, "ETag");
    copied.last_modified = text_of(*root, "LastModified");
    if (copied.etag.empty()) return malformed_document("the answer names no ETag");
    return copied;
}

result<std::string> read_location(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "LocationConstraint");
    if (!root) return root.error();
    std::string region;
    for (const pugi::xml_node& each : root->children())
        region += each.value();
    if (region.empty()) return std::string("us-east-1");
    // The name that Ireland had before regions had names.
    return region == "EU" ? std::string("eu-west-1") : region;
}

result<std::string> write_removals(const std::vector<doomed_object>& objects) {
    std::string text = std::string("<Delete") + name_space;
    for (const doomed_object& each : objects) {
        if (each.key.empty()) return beyond_xml("an empty key cannot be removed");
        text += "<Object>";
        bool fits = append_element(text, "Key", each.key);
        if (!each.version_id.empty())
            fits = append_element(text, "VersionId", each.version_id) && fits;
        if (!fits)
            return beyond_xml("XML cannot carry the control bytes of a key or version: remove that "
                              "object by itself");
        text += "</Object>";
    }
    return text + "</Delete>";
}

result<removals_document> read_removals(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "DeleteResult");
    if (!root) return root.error();
    removals_document read;
    for (const pugi::xml_node& each : root->children()) {
        if (local_name(each) == "Deleted") {
            read.removed.push_back({text_of(each, "Key"), text_of(each, "VersionId")});
        } else if (local_name(each) == "Error") {
            refused_removal& refused = read.refused.emplace_back();
            refused.key = text_of(each, "Key");
            refused.version_id = text_of(each, "VersionId");
            refused.code = text_of(each, "Code");
            refused.message = text_of(each, "Message");
        }
    }
    return read;
}

result<std::string> write_tags(const tag_map& tags) {
    std::string text = std::string("<Tagging") + name_space + "<TagSet>";
    for (const auto& [name, value] : tags) {
        text += "<Tag>";
        const bool named = append_element(text, "Key", name);
        if (!append_element(text, "Value", value) || !named)
            return beyond_xml("XML cannot carry the control bytes of a tag");
        text += "</Tag>";
    }
    return text + "</TagSet></Tagging>";
}

result<tag_map> read_tags(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "Tagging");
    if (!root) return root.error();
    tag_map tags;
    for (const pugi::xml_node& each : child_of(*root, "TagSet").children())
        if (local_name(each) == "Tag") tags[text_of(each, "Key")] = text_of(each, "Value");
    return tags;
}

} // namespace sluice::s3
