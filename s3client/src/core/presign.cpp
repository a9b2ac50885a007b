// s3client: a presigned URL from endpoint, identity and operation.
#include "addressing.hpp"
#include "request_parts.hpp"
#include "sigv4.hpp"
#include "trait_headers.hpp"

#include <sluice/s3/presign.hpp>

namespace sluice::s3 {

namespace {

result<request> build(const presign_request& what) {
    using kind = presign_request::kind;
    if (what.what == kind::upload_part) {
        auto made =
            start_upload_request("PUT", "UploadPart", what.bucket, what.key, what.upload_id);
        if (!made) return made;
        if (auto known = add_part_number(*made, what.part_number); !known) return known.error();
        return made;
    }
    const char* const method = what.what == kind::get    ? "GET"
                               : what.what == kind::head ? "HEAD"
                               : what.what == kind::put  ? "PUT"
                                                         : "DELETE";
    auto made = start_request(method, "a presigned request for", what.bucket, &what.key);
    if (!made) return made;
    if (what.what != kind::put) {
        add_version(*made, what.version_id);
        return made;
    }
    if (!what.content_type.empty()) made->headers.push_back({"content-type", what.content_type});
    return checked(std::move(*made));
}

} // namespace

result<std::string> presign(
    const presign_request& what,
    const endpoint& where,
    const credentials& who,
    std::chrono::sys_seconds now
) {
    auto made = build(what);
    if (!made) return made.error();
    const placed_request place = place_request(where, made->bucket, made->key);
    header_list headers = made->headers;
    headers.push_back({"host", place.host_header});
    if (!is_header_safe(place.host_header))
        return unsafe_request(made->where() + ": control bytes in the endpoint's host");
    signer pen(who);
    auto target = pen.presign(
        made->method, place.raw_path, made->query, headers, {where.region, now}, what.valid
    );
    if (!target) return target.error();
    return (where.tls ? "https://" : "http://") + place.host_header + *target;
}

} // namespace sluice::s3
