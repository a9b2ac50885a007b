// s3sim: ListMultipartUploads, ListParts, and the parameters of listings.
#include "core/http_head.hpp"
#include "core/list_parameters.hpp"
#include "core/listing.hpp"
#include "core/uri_text.hpp"
#include "core/xml_text.hpp"

#include <algorithm>

namespace sluice::sim {

outcome<unsigned> read_limit(const target& where, std::string_view name, unsigned ceiling) {
    const auto* text = where.find(name);
    if (!text) return outcome<unsigned>(ceiling);
    const auto number = parse_number(*text);
    if (!number || *number > 2'147'483'647) {
        return refuse(
            400,
            "InvalidArgument",
            "Provided " + std::string(name) + " not an integer or within integer range"
        );
    }
    return outcome<unsigned>(static_cast<unsigned>(std::min<std::uint64_t>(*number, ceiling)));
}

outcome<bool> read_encoding(const target& where) {
    const auto* text = where.find("encoding-type");
    if (!text) return outcome<bool>(false);
    if (*text != "url")
        return refuse(400, "InvalidArgument", "Invalid Encoding Method specified in Request");
    return outcome<bool>(true);
}

outcome<uploads_query> read_uploads_query(const target& where) {
    uploads_query out;
    const auto limit = read_limit(where, "max-uploads", 1000);
    if (!limit) return limit.error();
    const auto encoded = read_encoding(where);
    if (!encoded) return encoded.error();
    out.max_uploads = *limit;
    out.url_encoded = *encoded;
    out.prefix = where.get("prefix");
    out.key_marker = where.get("key-marker");
    // Without a key the other marker has no meaning and is ignored, as AWS does.
    if (!out.key_marker.empty()) out.id_marker = where.get("upload-id-marker");
    return out;
}

std::string uploads_document(const upload_map& all, const uploads_query& asked) {
    const auto shown = [&asked](const std::string& raw) {
        return asked.url_encoded ? listing_encode(raw) : raw;
    };
    std::vector<const upload*> page;
    bool truncated = false;
    for (const auto& [name, one] : all) {
        const auto& [key, id] = name;
        const bool after =
            asked.key_marker.empty() || key > asked.key_marker ||
            (key == asked.key_marker && !asked.id_marker.empty() && id > asked.id_marker);
        if (!after || !key.starts_with(asked.prefix)) continue;
        truncated = page.size() >= asked.max_uploads;
        if (truncated) break;
        page.push_back(&one);
    }
    xml_text xml("ListMultipartUploadsResult");
    xml.leaf("Bucket", asked.bucket);
    xml.leaf("KeyMarker", shown(asked.key_marker));
    xml.leaf("UploadIdMarker", asked.id_marker);
    if (truncated && !page.empty()) {
        xml.leaf("NextKeyMarker", shown(page.back()->key));
        xml.leaf("NextUploadIdMarker", page.back()->id);
    }
    xml.leaf("Prefix", shown(asked.prefix));
    if (asked.url_encoded) xml.leaf("EncodingType", "url");
    xml.leaf("MaxUploads", asked.max_uploads);
    xml.leaf("IsTruncated", truncated && !page.empty() ? "true" : "false");
    for (const auto* one : page) {
        xml.open("Upload");
        xml.leaf("Key", shown(one->key));
        xml.leaf("UploadId", one->id);
        xml.leaf("StorageClass", "STANDARD");
        xml.leaf("Initiated", xml_date(one->initiated));
        xml.close("Upload");
    }
    return xml.finish();
}

outcome<parts_query> read_parts_query(const target& where) {
    parts_query out;
    const auto limit = read_limit(where, "max-parts", 1000);
    if (!limit) return limit.error();
    out.max_parts = *limit;
    if (!where.find("part-number-marker")) return out;
    const auto after = read_limit(where, "part-number-marker", 10'000);
    if (!after) return after.error();
    out.after = *after;
    return out;
}

std::string parts_document(const upload& from, const parts_query& asked) {
    const auto first = from.parts.upper_bound(asked.after);
    const auto left = static_cast<std::size_t>(std::distance(first, from.parts.end()));
    const auto count = std::min<std::size_t>(left, asked.max_parts);
    const auto end = std::next(first, static_cast<std::ptrdiff_t>(count));
    const bool truncated = count > 0 && count < left;
    xml_text xml("ListPartsResult");
    xml.leaf("Bucket", asked.bucket);
    xml.leaf("Key", from.key);
    xml.leaf("UploadId", from.id);
    xml.leaf("StorageClass", "STANDARD");
    xml.leaf("PartNumberMarker", asked.after);
    if (truncated) xml.leaf("NextPartNumberMarker", std::prev(end)->first);
    xml.leaf("MaxParts", asked.max_parts);
    xml.leaf("IsTruncated", truncated ? "true" : "false");
    if (from.algorithm != checksum_kind::none) {
        xml.leaf("ChecksumAlgorithm", name_of(from.algorithm));
        xml.leaf("ChecksumType", from.composite ? "COMPOSITE" : "FULL_OBJECT");
    }
    for (auto at = first; at != end; ++at) {
        const auto& one = *at->second;
        xml.open("Part");
        xml.leaf("PartNumber", at->first);
        xml.leaf("LastModified", xml_date(one.modified));
        xml.leaf("ETag", '"' + one.etag + '"');
        xml.leaf("Size", one.size);
        if (one.sums.told != checksum_kind::none) {
            xml.leaf("Checksum" + std::string(name_of(one.sums.told)), value_of(one.sums));
        }
        xml.close("Part");
    }
    return xml.finish();
}

} // namespace sluice::sim
