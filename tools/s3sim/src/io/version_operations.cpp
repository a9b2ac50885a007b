// s3sim: operations on versions, and removals, which may be of one.
#include "core/versions.hpp"
#include "io/operations.hpp"

namespace sluice::sim {

namespace version_operation_detail {

answer xml_document(std::string document) {
    answer out;
    out.headers.emplace_back("Content-Type", "application/xml");
    out.body = std::move(document);
    return out;
}

outcome<answer> version_listing(const store& in, const request& ask) {
    auto asked = read_versions_query(ask.where);
    if (!asked) return asked.error();
    asked->bucket = ask.to.bucket;
    auto document = in.list_versions(*asked);
    if (!document) return document.error();
    return xml_document(std::move(*document));
}

outcome<answer> bucket_versioning(store& in, const request& ask, std::string_view document) {
    if (ask.to.what == operation::get_versioning) {
        const auto state = in.get_versioning(ask.to.bucket);
        if (!state) return state.error();
        return xml_document(versioning_document(*state));
    }
    const auto wanted = read_versioning_document(document);
    if (!wanted) return wanted.error();
    const auto done = in.set_versioning(ask.to.bucket, *wanted);
    if (!done) return done.error();
    return answer();
}

} // namespace version_operation_detail

void tell_version(const std::string& id, answer& out) {
    if (!id.empty()) out.headers.emplace_back("x-amz-version-id", id);
}

outcome<answer> remove_object(store& in, const request& ask) {
    const auto version = std::string(ask.where.get("versionId"));
    const auto done = in.remove(ask.to.bucket, ask.to.key, ask.given, version, ask.now);
    if (!done) return done.error();
    answer out;
    out.status = 204;
    tell_version(done->version_id, out);
    if (done->marker) out.headers.emplace_back("x-amz-delete-marker", "true");
    return out;
}

outcome<answer> perform_on_versions(store& in, const request& ask, std::string_view document) {
    using namespace version_operation_detail;
    if (ask.to.what == operation::list_versions) return version_listing(in, ask);
    return bucket_versioning(in, ask, document);
}

} // namespace sluice::sim
