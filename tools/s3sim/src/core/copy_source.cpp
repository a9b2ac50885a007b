// s3sim: reads the headers of copies.
#include "core/copy_source.hpp"

#include "core/uri_text.hpp"

namespace sluice::sim {

namespace copy_detail {

refusal wrong(const char* message) {
    return refuse(400, "InvalidArgument", message);
}

} // namespace copy_detail

outcome<copy_source> read_copy_source(const request_head& head) {
    const auto text = head.get("x-amz-copy-source");
    constexpr std::string_view version_mark = "?versionId=";
    const auto mark = text.find(version_mark);
    // A '+' stays one: this is a path, not a query.
    const auto path = uri_decode(text.substr(0, text.find('?')), false);
    if (!path) return copy_detail::wrong("Copy Source must be URL-encoded");
    const auto whole = std::string_view(*path).substr(path->starts_with('/') ? 1 : 0);
    const auto slash = whole.find('/');
    if (slash == whole.npos || slash == 0 || slash + 1 == whole.size())
        return copy_detail::wrong(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        );
    copy_source out;
    if (mark != text.npos) out.version = std::string(text.substr(mark + version_mark.size()));
    out.bucket = std::string(whole.substr(0, slash));
    out.key = std::string(whole.substr(slash + 1));
    out.given.if_match = std::string(head.get("x-amz-copy-source-if-match"));
    out.given.if_none_match = std::string(head.get("x-amz-copy-source-if-none-match"));
    return out;
}

outcome<byte_range> read_copy_range(const request_head& head, std::uint64_t size) {
    byte_range out{0, size};
    const auto* text = head.find("x-amz-copy-source-range");
    if (!text) return out;
    constexpr std::string_view unit = "bytes=";
    const auto dash = std::min(text->find('-'), text->size());
    const bool shaped = text->starts_with(unit) && dash > unit.size() && dash < text->size();
    if (!shaped)
        return copy_detail::wrong(
            "The x-amz-copy-source-range value must be of the form bytes=first-last"
        );
    const auto first =
        parse_number(std::string_view(*text).substr(unit.size(), dash - unit.size()));
    const auto last = parse_number(std::string_view(*text).substr(dash + 1));
    if (!first || !last || *first > *last || *last >= size)
        return copy_detail::wrong("Range specified is not valid for source object");
    out.first = *first;
    out.size = *last - *first + 1;
    return out;
}

outcome<directive> read_directive(const request_head& head, std::string_view name) {
    const auto* text = head.find(name);
    if (!text || *text == "COPY") return directive::copy;
    if (*text == "REPLACE") return directive::replace;
    return copy_detail::wrong("Unknown metadata or tagging directive.");
}

} // namespace sluice::sim
