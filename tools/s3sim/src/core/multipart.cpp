// s3sim: which parts make the object.
#include "core/multipart.hpp"

#include "core/conditions.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <pugixml.hpp>

#include <algorithm>

namespace sluice::sim {

namespace multipart_detail {

refusal malformed() {
    return refuse(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema"
    );
}

refusal invalid_part(const upload& from, const claimed_part& claim) {
    auto why = refuse(
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been "
        "uploaded, or the "
        "specified entity tag may not match the part's entity tag."
    );
    why.details.emplace_back("UploadId", from.id);
    why.details.emplace_back("PartNumber", std::to_string(claim.number));
    why.details.emplace_back("ETag", claim.etag);
    return why;
}

refusal too_small(const part& one, unsigned number, std::uint64_t min_part_size) {
    auto why = refuse(
        400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
    );
    why.details.emplace_back("ProposedSize", std::to_string(one.size));
    why.details.emplace_back("MinSizeAllowed", std::to_string(min_part_size));
    why.details.emplace_back("PartNumber", std::to_string(number));
    why.details.emplace_back("ETag", one.etag);
    return why;
}

bool differs(const part& one, const claimed_part& claim) {
    if (!same_etag(claim.etag, one.etag)) return true;
    for (const auto& [kind, claimed] : claim.sums) {
        checksum_set known = one.sums;
        known.told = kind;
        const auto value = value_of(known);
        if (!value.empty() && value != claimed) return true;
    }
    return false;
}

std::optional<claimed_part> read_part(const pugi::xml_node& node) {
    claimed_part out;
    const auto number = parse_number(node.child("PartNumber").text().get());
    out.etag = node.child("ETag").text().get();
    if (!number || *number < 1 || *number > 10'000 || out.etag.empty()) return std::nullopt;
    out.number = static_cast<unsigned>(*number);
    for (const auto kind : checksum_kinds) {
        const auto name = "Checksum" + std::string(name_of(kind));
        if (const auto told = node.child(name.c_str()))
            out.sums.emplace_back(kind, told.text().get());
    }
    return out;
}

} // namespace multipart_detail

outcome<std::vector<claimed_part>> read_complete_document(std::string_view xml) {
    pugi::xml_document document;
    const auto root_name = std::string_view("CompleteMultipartUpload");
    if (!document.load_buffer(xml.data(), xml.size())) return multipart_detail::malformed();
    const auto root = document.document_element();
    if (root_name != root.name() || root.next_sibling()) return multipart_detail::malformed();
    std::vector<claimed_part> out;
    for (const auto& node : root.children()) {
        if (std::string_view("Part") != node.name()) return multipart_detail::malformed();
        auto one = multipart_detail::read_part(node);
        if (!one) return multipart_detail::malformed();
        out.push_back(std::move(*one));
    }
    if (out.empty() || out.size() > 10'000) return multipart_detail::malformed();
    return out;
}

std::string joined_etag(const std::vector<part_ptr>& parts) {
    byte_vector digests;
    for (const auto& one : parts) {
        const auto digest = from_hex(one->etag);
        if (!digest || digest->size() != 16) return {};
        digests.insert(digests.end(), digest->begin(), digest->end());
    }
    return hex(md5(digests)) + '-' + std::to_string(parts.size());
}

outcome<std::vector<part_ptr>> choose_parts(
    const upload& from,
    const std::vector<claimed_part>& claims,
    std::uint64_t min_part_size,
    bool equal
) {
    std::vector<part_ptr> out;
    unsigned before = 0;
    for (const auto& claim : claims) {
        if (claim.number <= before) {
            return refuse(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part "
                "number."
            );
        }
        before = claim.number;
    }
    for (const auto& claim : claims) {
        const auto found = from.parts.find(claim.number);
        const bool missing =
            found == from.parts.end() || multipart_detail::differs(*found->second, claim);
        if (missing) return multipart_detail::invalid_part(from, claim);
        const bool last = claim.number == claims.back().number;
        if (!last && found->second->size < min_part_size) {
            return multipart_detail::too_small(*found->second, claim.number, min_part_size);
        }
        if (equal && !out.empty()) {
            const bool differs = last ? found->second->size > out.front()->size
                                      : found->second->size != out.front()->size;
            if (differs)
                return refuse(
                    400, "InvalidPart", "All non-trailing parts must have the same length."
                );
        }
        out.push_back(found->second);
    }
    return out;
}

} // namespace sluice::sim
