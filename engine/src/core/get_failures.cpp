// engine: what a store's answer to a range, or its refusal, tells about the object.
#include "get_failures.hpp"

#include <sluice/s3/error.hpp>

namespace sluice {

namespace {

std::string_view bare(std::string_view etag) {
    if (etag.substr(0, 2) == "W/") etag.remove_prefix(2);
    const bool quoted = etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
    return quoted ? etag.substr(1, etag.size() - 2) : etag;
}

} // namespace

bool is_other_etag(std::string_view listed, std::string_view answered) {
    return !listed.empty() && !answered.empty() && bare(listed) != bare(answered);
}

bool is_another_object(const failure& why) {
    return why.code == s3::s3_errc::changed || why.code == s3::s3_errc::precondition_failed;
}

bool is_unusable_answer(const failure& why) {
    return why.code == s3::s3_errc::unexpected_range || why.code == s3::s3_errc::checksum_mismatch;
}

} // namespace sluice
