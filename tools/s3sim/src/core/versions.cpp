// s3sim: ListObjectVersions and the versioning document.
#include "core/versions.hpp"

#include "core/list_parameters.hpp"
#include "core/uri_text.hpp"
#include "core/xml_text.hpp"

#include <pugixml.hpp>

namespace sluice::sim {

namespace version_detail {

struct entry {
    const std::string* key;
    const object_version* one;
    bool latest;
};

struct version_page {
    std::vector<entry> entries;
    std::vector<std::string> prefixes;
    bool truncated = false;
    std::string next_key, next_id;
};

std::string prefix_of(const std::string& key, const versions_query& asked) {
    if (asked.delimiter.empty()) return {};
    const auto found = key.find(asked.delimiter, asked.prefix.size());
    return found == key.npos ? std::string() : key.substr(0, found + asked.delimiter.size());
}

/// Whether the page before has shown it: up to the marker, inclusive.
bool was_shown(const versions_query& asked, const std::string& key, bool& met) {
    if (asked.key_marker.empty() || key > asked.key_marker) return false;
    return key < asked.key_marker || asked.id_marker.empty() || !met;
}

version_page page_of(const version_map& all, const versions_query& asked) {
    version_page page;
    for (const auto& [key, versions] : all) {
        if (!key.starts_with(asked.prefix)) continue;
        if (auto prefix = prefix_of(key, asked); !prefix.empty()) {
            const bool again = !page.prefixes.empty() && page.prefixes.back() == prefix;
            if (again || (!asked.key_marker.empty() && prefix <= asked.key_marker)) continue;
            page.truncated = page.entries.size() + page.prefixes.size() >= asked.max_keys;
            if (page.truncated) return page;
            page.next_key = prefix;
            page.next_id.clear();
            page.prefixes.push_back(std::move(prefix));
            continue;
        }
        bool met = false; // the version that the marker names
        for (auto at = versions.rbegin(); at != versions.rend(); ++at) {
            const bool shown = was_shown(asked, key, met);
            if (key == asked.key_marker && at->id == asked.id_marker) met = true;
            if (shown) continue;
            page.truncated = page.entries.size() + page.prefixes.size() >= asked.max_keys;
            if (page.truncated) return page;
            page.entries.push_back({&key, &*at, at == versions.rbegin()});
            page.next_key = key;
            page.next_id = at->id;
        }
    }
    return page;
}

} // namespace version_detail

outcome<versioning> read_versioning_document(std::string_view xml) {
    pugi::xml_document document;
    const bool read = static_cast<bool>(document.load_buffer(xml.data(), xml.size()));
    const auto root = document.document_element();
    const std::string_view status = root.child("Status").text().get();
    if (read && std::string_view("VersioningConfiguration") == root.name()) {
        if (status == "Enabled") return outcome<versioning>(versioning::enabled);
        if (status == "Suspended") return outcome<versioning>(versioning::suspended);
    }
    return refuse(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema"
    );
}

std::string versioning_document(versioning state) {
    xml_text xml("VersioningConfiguration");
    if (state == versioning::enabled) xml.leaf("Status", "Enabled");
    if (state == versioning::suspended) xml.leaf("Status", "Suspended");
    return xml.finish();
}

outcome<versions_query> read_versions_query(const target& where) {
    versions_query out;
    const auto limit = read_limit(where, "max-keys", 1000);
    if (!limit) return limit.error();
    const auto encoded = read_encoding(where);
    if (!encoded) return encoded.error();
    out.max_keys = *limit;
    out.url_encoded = *encoded;
    out.prefix = where.get("prefix");
    out.delimiter = where.get("delimiter");
    out.key_marker = where.get("key-marker");
    out.id_marker = where.get("version-id-marker");
    if (out.key_marker.empty() && !out.id_marker.empty())
        return refuse(
            400, "InvalidArgument", "A version-id marker cannot be specified without a key marker."
        );
    return out;
}

std::string versions_document(const version_map& all, const versions_query& asked) {
    const auto page = version_detail::page_of(all, asked);
    const auto shown = [&asked](const std::string& raw) {
        return asked.url_encoded ? listing_encode(raw) : raw;
    };
    xml_text xml("ListVersionsResult");
    xml.leaf("Name", asked.bucket);
    xml.leaf("Prefix", shown(asked.prefix));
    xml.leaf("KeyMarker", shown(asked.key_marker));
    xml.leaf("VersionIdMarker", asked.id_marker);
    if (page.truncated) {
        xml.leaf("NextKeyMarker", shown(page.next_key));
        xml.leaf("NextVersionIdMarker", page.next_id);
    }
    if (!asked.delimiter.empty()) xml.leaf("Delimiter", shown(asked.delimiter));
    xml.leaf("MaxKeys", asked.max_keys);
    if (asked.url_encoded) xml.leaf("EncodingType", "url");
    xml.leaf("IsTruncated", page.truncated ? "true" : "false");
    for (const auto& each : page.entries) {
        const auto& one = each.one->one;
        const std::string_view element = one ? "Version" : "DeleteMarker";
        xml.open(element);
        xml.leaf("Key", shown(*each.key));
        xml.leaf("VersionId", each.one->id);
        xml.leaf("IsLatest", each.latest ? "true" : "false");
        xml.leaf("LastModified", xml_date(each.one->when));
        if (one) {
            xml.leaf("ETag", '"' + one->etag + '"');
            xml.leaf("Size", one->size);
            xml.leaf("StorageClass", "STANDARD");
        }
        xml.close(element);
    }
    for (const auto& prefix : page.prefixes) {
        xml.open("CommonPrefixes");
        xml.leaf("Prefix", shown(prefix));
        xml.close("CommonPrefixes");
    }
    return xml.finish();
}

} // namespace sluice::sim
