// s3sim: what quirks do to requests and answers.
#include "core/quirk_rules.hpp"

#include <algorithm>

namespace sluice::sim {

namespace quirk_rule_detail {

refusal not_implemented(const std::string& what) {
    return refuse(501, "NotImplemented", what + " is not implemented by this store");
}

bool writes(operation what) {
    return what == operation::put_object || what == operation::copy_object ||
           what == operation::complete_upload || what == operation::delete_object;
}

bool lacks(const quirks& odd, operation what) {
    switch (what) {
    case operation::create_upload:
        return odd.no_multipart;
    case operation::copy_object:
        return odd.no_copy;
    case operation::upload_part_copy:
        return odd.no_part_copy;
    case operation::delete_objects:
        return odd.no_delete_objects;
    case operation::get_tagging:
    case operation::put_tagging:
    case operation::delete_tagging:
        return odd.no_tagging;
    case operation::list_uploads:
        return odd.no_list_uploads;
    case operation::list_objects:
        return odd.refuse_second_list_version;
    case operation::put_versioning:
    case operation::get_versioning:
    case operation::list_versions:
        return odd.no_versions;
    default:
        return false;
    }
}

/// Of the headers that ask for a checksum of the body, the first that this store does not take.
const header* unwanted_checksum(const quirks& odd, const request_head& head) {
    if (odd.refuse_checksums == 0 && !odd.only_sha256) return nullptr;
    for (const auto& one : head.headers) {
        const bool value = kind_of_header(one.name) != checksum_kind::none;
        const bool named = one.name == "x-amz-checksum-algorithm" ||
                           one.name == "x-amz-sdk-checksum-algorithm" ||
                           one.name == "x-amz-trailer";
        if (!value && !named) continue;
        const bool sha256 = one.name == "x-amz-checksum-sha256" || one.value == "SHA256" ||
                            one.value == "x-amz-checksum-sha256";
        if (odd.refuse_checksums > 0 || !sha256) return &one;
    }
    return nullptr;
}

void replace_all(std::string& in, std::string_view from, std::string_view to) {
    for (auto at = in.find(from); at != in.npos; at = in.find(from, at + to.size()))
        in.replace(at, from.size(), to);
}

} // namespace quirk_rule_detail

using namespace quirk_rule_detail;

std::optional<refusal> refuse_by_quirks(
    const quirks& odd, operation what, const request_head& head, const payload_claim& payload
) {
    if (lacks(odd, what)) return not_implemented(std::string(name_of(what)));
    if (const auto* one = unwanted_checksum(odd, head)) {
        const auto status = odd.refuse_checksums > 0 ? odd.refuse_checksums : 400;
        if (status == 501)
            return refuse(
                501,
                "NotImplemented",
                "Header '" + one->name + "' with value '" + one->value + "' not implemented"
            );
        return refuse(
            static_cast<unsigned>(status),
            "InvalidArgument",
            "Unsupported header '" + one->name + "' received for this API call."
        );
    }
    if (payload.in_chunks && odd.refuse_chunks) return not_implemented("aws-chunked");
    if (payload.trailer && odd.refuse_trailers) return not_implemented("STREAMING-…-TRAILER");
    const bool conditional = head.find("if-match") || head.find("if-none-match");
    if (odd.refuse_conditions && conditional && writes(what))
        return not_implemented("a condition on a write");
    return std::nullopt;
}

conditions heeded(const quirks& odd, operation what, const conditions& sent) {
    if (!writes(what)) return sent;
    const bool blind = odd.ignore_conditions ||
                       (odd.ignore_complete_conditions && what == operation::complete_upload);
    if (blind) return conditions();
    conditions out = sent;
    if (odd.refuse_if_match && what == operation::put_object && !out.if_match.empty())
        out.if_match = "\"no ETag that was ever given\"";
    return out;
}

void forget_metadata(const quirks& odd, operation what, request_head& head) {
    const bool upload = what == operation::create_upload;
    if (!odd.drop_metadata && !(odd.drop_upload_metadata && upload)) return;
    std::erase_if(head.headers, [](const header& one) {
        return one.name.starts_with("x-amz-meta-");
    });
}

refusal told_by_quirks(const quirks& odd, operation what, refusal why) {
    if (odd.not_modified_for_failed && writes(what) && why.status == 412) why.status = 304;
    return why;
}

void spell_etags(
    const quirks& odd,
    operation what,
    std::vector<std::pair<std::string, std::string>>& headers,
    std::string& body
) {
    if (odd.unquoted_etags) {
        for (auto& [name, value] : headers) {
            if (name == "ETag") std::erase(value, '"');
        }
        replace_all(body, "<ETag>&quot;", "<ETag>");
        replace_all(body, "&quot;</ETag>", "</ETag>");
    }
    if (!odd.empty_complete_etag || what != operation::complete_upload) return;
    const auto begin = body.find("<ETag>"), end = body.find("</ETag>");
    if (begin != body.npos && end != body.npos) body.erase(begin + 6, end - begin - 6);
}

} // namespace sluice::sim
