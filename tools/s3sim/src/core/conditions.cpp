// s3sim: conditional requests.
#include "core/conditions.hpp"

namespace sluice::sim {

namespace condition_detail {

refusal failed(std::string condition) {
    auto why = refuse(
        412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"
    );
    why.details.emplace_back("Condition", std::move(condition));
    return why;
}

} // namespace condition_detail

conditions read_conditions(const request_head& head) {
    return {std::string(head.get("if-match")), std::string(head.get("if-none-match"))};
}

bool same_etag(std::string_view sent, std::string_view stored) {
    if (sent.size() >= 2 && sent.front() == '"' && sent.back() == '"')
        sent = sent.substr(1, sent.size() - 2);
    return sent == stored;
}

std::optional<refusal> check_write(const conditions& given, const object* current) {
    if (!given.if_none_match.empty()) {
        if (given.if_none_match != "*" || !given.if_match.empty()) {
            return refuse(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented"
            );
        }
        if (current) return condition_detail::failed("If-None-Match");
    }
    if (given.if_match.empty()) return std::nullopt;
    if (!current) return refuse(404, "NoSuchKey", "The specified key does not exist.");
    if (given.if_match != "*" && !same_etag(given.if_match, current->etag)) {
        return condition_detail::failed("If-Match");
    }
    return std::nullopt;
}

std::optional<refusal> check_read(const conditions& given, const object& current) {
    const auto& wanted = given.if_match;
    if (!wanted.empty() && wanted != "*" && !same_etag(wanted, current.etag)) {
        return condition_detail::failed("If-Match");
    }
    const auto& unwanted = given.if_none_match;
    if (unwanted.empty() || (unwanted != "*" && !same_etag(unwanted, current.etag)))
        return std::nullopt;
    auto why = refuse(304, "NotModified", "");
    why.headers.emplace_back("ETag", '"' + current.etag + '"');
    return why;
}

} // namespace sluice::sim
