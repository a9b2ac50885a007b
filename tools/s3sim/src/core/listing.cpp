// s3sim: both versions of ListObjects.
#include "core/listing.hpp"

#include "core/list_parameters.hpp"
#include "core/uri_text.hpp"
#include "core/xml_text.hpp"

#include <sluice/base/text.hpp>

namespace sluice::sim {

namespace listing_detail {

// A token is base64 of 'k' and the last key, or of 'p' and the last common prefix.
std::string make_token(char kind, const std::string& last) {
    const auto raw = kind + last;
    return base64(as_bytes(raw));
}

std::string decoded_token(const std::string& token) {
    const auto raw = from_base64(token);
    if (!raw || raw->empty()) return {};
    auto text = std::string(as_text(*raw));
    return text[0] == 'k' || text[0] == 'p' ? text : std::string();
}

/// The first key that does not begin with `prefix` and comes after all that do.
object_map::const_iterator after_prefix(const object_map& all, std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff)
        prefix.pop_back();
    if (prefix.empty()) return all.end();
    ++prefix.back();
    return all.lower_bound(prefix);
}

object_map::const_iterator first_of(const object_map& all, const list_query& asked) {
    auto at = all.lower_bound(asked.prefix);
    const auto later = [&at](object_map::const_iterator candidate, const object_map& from) {
        const bool beyond =
            candidate == from.end() || (at != from.end() && candidate->first > at->first);
        if (beyond) at = candidate;
    };
    if (!asked.token.empty()) {
        const auto token = decoded_token(asked.token);
        const auto last = token.substr(1);
        later(token[0] == 'p' ? after_prefix(all, last) : all.upper_bound(last), all);
    } else if (asked.first_version && !asked.marker.empty()) {
        // A marker that is a common prefix stands for all that it covers.
        const auto& from = asked.marker;
        const bool covers = !asked.delimiter.empty() && from.ends_with(asked.delimiter) &&
                            from.size() > asked.prefix.size();
        later(covers ? after_prefix(all, from) : all.upper_bound(from), all);
    } else if (!asked.start_after.empty()) {
        later(all.upper_bound(asked.start_after), all);
    }
    return at;
}

/// The common prefix that `key` falls under, or "".
std::string common_prefix(const std::string& key, const list_query& asked) {
    if (asked.delimiter.empty()) return {};
    const auto found = key.find(asked.delimiter, asked.prefix.size());
    return found == key.npos ? std::string() : key.substr(0, found + asked.delimiter.size());
}

void write_object(
    xml_text& xml, const list_query& asked, const std::string& key, const object& one
) {
    xml.open("Contents");
    xml.leaf("Key", asked.url_encoded ? listing_encode(key) : key);
    xml.leaf("LastModified", xml_date(one.modified));
    xml.leaf("ETag", '"' + one.etag + '"');
    if (one.sums.told != checksum_kind::none) {
        xml.leaf("ChecksumAlgorithm", name_of(one.sums.told));
        xml.leaf("ChecksumType", type_of(one.sums));
    }
    xml.leaf("Size", one.size);
    xml.leaf("StorageClass", "STANDARD");
    xml.close("Contents");
}

} // namespace listing_detail

outcome<list_query> read_list_query(const target& where) {
    using namespace listing_detail;
    list_query out;
    out.first_version = !where.find("list-type");
    if (!out.first_version && where.get("list-type") != "2") {
        return refuse(400, "InvalidArgument", "list-type must be 2");
    }
    const auto limit = read_limit(where, "max-keys", 1000);
    if (!limit) return limit.error();
    const auto encoded = read_encoding(where);
    if (!encoded) return encoded.error();
    out.max_keys = *limit;
    out.url_encoded = *encoded;
    out.prefix = where.get("prefix");
    out.delimiter = where.get("delimiter");
    out.marker = where.get("marker");
    out.start_after = where.get("start-after");
    out.token = where.get("continuation-token");
    const bool forged = where.find("continuation-token") && decoded_token(out.token).empty();
    if (forged)
        return refuse(400, "InvalidArgument", "The continuation token provided is incorrect");
    return out;
}

list_page list_objects(const object_map& all, const list_query& asked) {
    using namespace listing_detail;
    list_page page;
    std::string last;
    unsigned count = 0;
    for (auto at = first_of(all, asked); at != all.end() && at->first.starts_with(asked.prefix);) {
        if (asked.max_keys == 0) break;
        if (count == asked.max_keys) {
            page.next_token = last;
            page.next_marker = decoded_token(last).substr(1);
            break;
        }
        ++count;
        if (auto prefix = common_prefix(at->first, asked); !prefix.empty()) {
            at = after_prefix(all, prefix);
            last = make_token('p', prefix);
            page.prefixes.push_back(std::move(prefix));
        } else {
            last = make_token('k', at->first);
            page.objects.push_back(at++);
        }
    }
    return page;
}

std::string list_document(const list_query& asked, const list_page& page) {
    const auto shown = [&asked](const std::string& raw) {
        return asked.url_encoded ? listing_encode(raw) : raw;
    };
    xml_text xml("ListBucketResult");
    xml.leaf("Name", asked.bucket);
    xml.leaf("Prefix", shown(asked.prefix));
    if (!asked.delimiter.empty()) xml.leaf("Delimiter", shown(asked.delimiter));
    if (asked.first_version) xml.leaf("Marker", shown(asked.marker));
    if (!asked.start_after.empty()) xml.leaf("StartAfter", shown(asked.start_after));
    if (!asked.token.empty()) xml.leaf("ContinuationToken", asked.token);
    if (!asked.first_version) xml.leaf("KeyCount", page.objects.size() + page.prefixes.size());
    xml.leaf("MaxKeys", asked.max_keys);
    if (asked.url_encoded) xml.leaf("EncodingType", "url");
    xml.leaf("IsTruncated", page.next_token.empty() ? "false" : "true");
    const bool more = !page.next_token.empty();
    if (more && !asked.first_version) xml.leaf("NextContinuationToken", page.next_token);
    // S3 tells it only where a delimiter was given: others begin behind the last key.
    if (more && asked.first_version && !asked.delimiter.empty())
        xml.leaf("NextMarker", shown(page.next_marker));
    for (const auto& one : page.objects)
        listing_detail::write_object(xml, asked, one->first, *one->second);
    for (const auto& prefix : page.prefixes) {
        xml.open("CommonPrefixes");
        xml.leaf("Prefix", shown(prefix));
        xml.close("CommonPrefixes");
    }
    return xml.finish();
}

} // namespace sluice::sim
