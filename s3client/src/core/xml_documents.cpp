// s3client: one reader per document. Order, namespaces and unknown elements do not matter.
#include "xml_documents.hpp"

#include "checksum_headers.hpp"
#include "xml_reading.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::s3 {

namespace {

/// Keys of a listing, url-encoded where the store honoured our wish.
class key_reader {
  public:
    explicit key_reader(const pugi::xml_node& root)
        : encoded_(text_of(root, "EncodingType") == "url") {}
    /// False when the encoding is broken.
    bool read(const pugi::xml_node& node, std::string_view name, std::string& to) const {
        to = text_of(node, name);
        if (!encoded_) return true;
        auto decoded = decode(to);
        if (decoded) to = std::move(*decoded);
        return decoded.has_value();
    }

    static std::optional<std::string> decode(std::string text) {
        std::replace(text.begin(), text.end(), '+', ' '); // AWS's space; a plus is %2B
        return percent_decode(text);
    }

  private:
    bool encoded_;
};

/// Ceph (seen: 16) encodes the keys of open uploads when asked to, and does not say so. Every key
/// of the answer begins with the prefix asked for: where that shows which of the two readings is
/// meant, it decides.
void decode_if_meant(std::string& key, std::string_view prefix) {
    if (key.compare(0, prefix.size(), prefix) == 0) return;
    auto decoded = key_reader::decode(key);
    if (decoded && decoded->compare(0, prefix.size(), prefix) == 0) key = std::move(*decoded);
}

bool read_object(const pugi::xml_node& node, const key_reader& keys, listed_object& to) {
    const auto size = number_of(node, "Size");
    if (!size || !keys.read(node, "Key", to.key) || to.key.empty()) return false;
    to.size = *size;
    to.etag = text_of(node, "ETag");
    to.last_modified = text_of(node, "LastModified");
    return true;
}

bool read_part(const pugi::xml_node& node, finished_part& to) {
    const auto number = number_of(node, "PartNumber"), size = number_of(node, "Size");
    if (!number || !size || *number == 0 || *number > 10'000) return false;
    to.number = static_cast<unsigned>(*number);
    to.size = *size;
    to.etag = text_of(node, "ETag");
    for (const auto algorithm : told_checksums) {
        const std::string text = text_of(node, checksum_element(algorithm));
        const auto sum = decode_checksum(algorithm, text);
        if (sum && to.sum.algorithm == checksum::kind::none) to.sum = *sum;
    }
    return true;
}

/// The largest name of a page: where the next one begins, when the store does not say.
std::string last_name(const list_page& page) {
    std::string last;
    for (const listed_object& each : page.objects)
        last = std::max(last, each.key);
    for (const std::string& each : page.prefixes)
        last = std::max(last, each);
    return last;
}

/// The prefix stands in the rule itself (the old way), in its filter, or in the filter's And.
lifecycle_rule read_lifecycle_rule(const pugi::xml_node& node) {
    lifecycle_rule rule;
    rule.id = text_of(node, "ID");
    rule.enabled = text_of(node, "Status") == "Enabled";
    const pugi::xml_node filter = child_of(node, "Filter");
    const pugi::xml_node both = child_of(filter, "And");
    for (const pugi::xml_node& place : {node, filter, both}) {
        if (rule.prefix.empty()) rule.prefix = text_of(place, "Prefix");
    }
    for (const char* narrowing : {"Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"})
        rule.narrowed = rule.narrowed || child_of(filter, narrowing) || child_of(both, narrowing);
    const pugi::xml_node expiration = child_of(node, "Expiration");
    rule.expires = child_of(expiration, "Days") || child_of(expiration, "Date");
    rule.transitions = !child_of(node, "Transition").empty();
    rule.abort_days =
        number_of(child_of(node, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation");
    return rule;
}

} // namespace

std::optional<error_document> read_error(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "Error");
    if (!root) return std::nullopt;
    error_document error;
    error.code = text_of(*root, "Code");
    error.message = text_of(*root, "Message");
    error.region = text_of(*root, "Region");
    error.request_id = text_of(*root, "RequestId");
    return error;
}

result<list_page> read_list(std::string_view text, bool second_version) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "ListBucketResult");
    if (!root) return root.error();
    const key_reader keys(*root);
    list_page page;
    for (const pugi::xml_node& each : root->children()) {
        if (local_name(each) == "Contents") {
            if (!read_object(each, keys, page.objects.emplace_back()))
                return malformed_document("an entry of the listing has no key or no size");
        } else if (local_name(each) == "CommonPrefixes") {
            if (!keys.read(each, "Prefix", page.prefixes.emplace_back()))
                return malformed_document("a prefix of the listing is badly encoded");
        }
    }
    if (is_true(*root, "IsTruncated")) {
        if (second_version)
            page.next_token = text_of(*root, "NextContinuationToken");
        else if (!keys.read(*root, "NextMarker", page.next_token))
            return malformed_document("the next page of the listing is badly encoded");
        if (!second_version && page.next_token.empty()) page.next_token = last_name(page);
        if (page.next_token.empty())
            return malformed_document("the listing is cut and names no next page");
    }
    return page;
}

bool answers_first_version(std::string_view text) {
    if (text.find("KeyCount>") != text.npos) return false; // cheap, and true of nearly all answers
    pugi::xml_document document;
    const auto root = expect_root(text, document, "ListBucketResult");
    if (!root) return false;
    for (const char* of_second : {"KeyCount", "ContinuationToken", "NextContinuationToken"})
        if (child_of(*root, of_second)) return false;
    const bool names = child_of(*root, "Contents") || child_of(*root, "CommonPrefixes");
    return child_of(*root, "Marker") || child_of(*root, "NextMarker") ||
           (names && is_true(*root, "IsTruncated"));
}

result<std::string> read_upload_id(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "InitiateMultipartUploadResult");
    if (!root) return root.error();
    std::string id = text_of(*root, "UploadId");
    if (id.empty()) return malformed_document("the answer names no upload");
    return id;
}

result<std::string> read_completed(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "CompleteMultipartUploadResult");
    if (!root) return root.error();
    if (!child_of(*root, "ETag")) return malformed_document("the answer names no ETag");
    return text_of(*root, "ETag");
}

result<parts_page> read_parts(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "ListPartsResult");
    if (!root) return root.error();
    parts_page page;
    for (const pugi::xml_node& each : root->children())
        if (local_name(each) == "Part" && !read_part(each, page.parts.emplace_back()))
            return malformed_document("a part of the listing has no number or no size");
    if (is_true(*root, "IsTruncated")) {
        page.next_marker = text_of(*root, "NextPartNumberMarker");
        if (page.next_marker.empty())
            return malformed_document("the list of parts is cut and names no next page");
    }
    return page;
}

result<uploads_page> read_uploads(std::string_view text, std::string_view prefix) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "ListMultipartUploadsResult");
    if (!root) return root.error();
    const key_reader keys(*root);
    uploads_page page;
    for (const pugi::xml_node& each : root->children()) {
        if (local_name(each) != "Upload") continue;
        open_upload& upload = page.uploads.emplace_back();
        upload.upload_id = text_of(each, "UploadId");
        upload.initiated = text_of(each, "Initiated");
        if (!keys.read(each, "Key", upload.key) || upload.key.empty() || upload.upload_id.empty())
            return malformed_document("an open upload has no key or no id");
        decode_if_meant(upload.key, prefix);
    }
    if (is_true(*root, "IsTruncated")) {
        page.next_upload = text_of(*root, "NextUploadIdMarker");
        if (!keys.read(*root, "NextKeyMarker", page.next_key) || page.next_key.empty())
            return malformed_document("the list of uploads is cut and names no next page");
    }
    return page;
}

result<std::vector<lifecycle_rule>> read_lifecycle(std::string_view text) {
    pugi::xml_document document;
    const auto root = expect_root(text, document, "LifecycleConfiguration");
    if (!root) return root.error();
    std::vector<lifecycle_rule> rules;
    for (const pugi::xml_node& each : root->children()) {
        if (local_name(each) == "Rule") rules.push_back(read_lifecycle_rule(each));
    }
    return rules;
}

result<std::string> write_completion(const std::vector<finished_part>& parts, bool with_checksums) {
    std::string text =
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    text.reserve(text.size() + parts.size() * 128);
    for (const finished_part& each : parts) {
        text += "<Part><PartNumber>" + std::to_string(each.number) + "</PartNumber>";
        if (!append_element(text, "ETag", each.etag)) {
            failure why;
            why.code = s3_errc::unsafe_input;
            why.where = "the ETag of part " + std::to_string(each.number) + " has control bytes";
            return why;
        }
        const auto algorithm = each.sum.algorithm;
        if (with_checksums && algorithm != checksum::kind::none && algorithm != checksum::kind::md5)
            append_element(text, checksum_element(algorithm), encode_checksum(each.sum));
        text += "</Part>";
    }
    text += "</CompleteMultipartUpload>";
    return text;
}

std::string write_bucket_region(const std::string& region) {
    if (region.empty() || region == "us-east-1") return {};
    std::string text = "<CreateBucketConfiguration "
                       "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>";
    append_xml_text(text, region);
    return text + "</LocationConstraint></CreateBucketConfiguration>";
}

} // namespace sluice::s3
