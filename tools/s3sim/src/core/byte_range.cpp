// s3sim: ranges, by the rules of RFC 9110 section 14.
#include "core/byte_range.hpp"

#include "core/http_head.hpp"

#include <algorithm>

namespace sluice::sim {

namespace range_detail {

refusal unsatisfiable(std::string_view text, std::uint64_t size) {
    auto why = refuse(416, "InvalidRange", "The requested range is not satisfiable");
    why.details.emplace_back("RangeRequested", std::string(text));
    why.details.emplace_back("ActualObjectSize", std::to_string(size));
    why.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return why;
}

} // namespace range_detail

outcome<std::optional<byte_range>> read_range(std::string_view text, std::uint64_t size) {
    using answer = std::optional<byte_range>;
    if (!text.starts_with("bytes=")) return answer();
    const auto spec = text.substr(6);
    if (spec.find(',') != spec.npos) {
        return refuse(
            501, "NotImplemented", "several ranges in one request are not implemented here"
        );
    }
    const auto dash = spec.find('-');
    if (dash == spec.npos) return answer();
    const auto first = parse_number(spec.substr(0, dash));
    const auto last = parse_number(spec.substr(dash + 1));
    if (dash == 0) {
        if (!last) return answer();
        if (*last == 0 || size == 0) return range_detail::unsatisfiable(text, size);
        const auto count = std::min(*last, size);
        return answer(byte_range{size - count, count});
    }
    const bool open = dash + 1 == spec.size();
    if (!first || (!open && !last) || (last && *last < *first)) return answer();
    if (*first >= size) return range_detail::unsatisfiable(text, size);
    const auto end = last ? std::min(*last + 1, size) : size;
    return answer(byte_range{*first, end - *first});
}

} // namespace sluice::sim
