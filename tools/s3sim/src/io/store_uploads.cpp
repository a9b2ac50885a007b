// s3sim: the store's multipart uploads.
#include "io/store.hpp"
#include "io/store_detail.hpp"

#include <algorithm>

namespace sluice::sim {

namespace store_upload_detail {

refusal no_upload(const std::string& id) {
    auto why = refuse(
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted "
        "or completed."
    );
    why.details.emplace_back("UploadId", id);
    return why;
}

/// The object that `parts` make; its checksums and ETag come later.
object joined(const upload& from, const std::vector<part_ptr>& parts, sys_seconds now) {
    object out;
    out.modified = now;
    out.headers = from.headers;
    out.tags = from.tags;
    out.key_md5 = from.key_md5;
    for (const auto& one : parts) {
        out.size += one->size;
        out.pieces.push_back(one->data);
    }
    return out;
}

/// Forgets the parts that did not become part of the object.
void discard_unused(const upload& from, const std::vector<part_ptr>& used) {
    for (const auto& [number, one] : from.parts) {
        if (std::find(used.begin(), used.end(), one) == used.end()) one->data->discard();
    }
}

} // namespace store_upload_detail

using namespace store_upload_detail;

outcome<std::string> store::create_upload(const std::string& bucket, upload one) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    one.id = new_upload_id();
    if (!medium_.save_upload(bucket, one)) return store_detail::no_room();
    const auto id = one.id;
    const auto name = std::make_pair(one.key, one.id);
    (*found)->uploads.emplace(name, std::move(one));
    return id;
}

outcome<upload>
store::find_upload(const std::string& bucket, const std::string& key, const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    const auto one = (*found)->uploads.find({key, id});
    if (one == (*found)->uploads.end()) return no_upload(id);
    upload out = one->second;
    out.parts.clear();
    return out;
}

outcome<part_ptr> store::put_part(
    const std::string& bucket,
    const std::string& key,
    const std::string& id,
    unsigned number,
    part one
) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    const auto to = (*found)->uploads.find({key, id});
    if (to == (*found)->uploads.end()) return no_upload(id);
    if (one.etag.empty()) one.etag = new_etag();
    const part_ptr stored = std::make_shared<const part>(std::move(one));
    if (!medium_.save_part(bucket, id, number, *stored)) return store_detail::no_room();
    auto& slot = to->second.parts[number];
    if (slot) slot->data->discard();
    slot = stored;
    return stored;
}

outcome<object_ptr> store::complete(
    const std::string& bucket,
    const std::string& key,
    const std::string& id,
    const completion& asked,
    sys_seconds now
) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    const auto from = (*found)->uploads.find({key, id});
    if (from == (*found)->uploads.end()) return no_upload(id);
    const auto parts =
        choose_parts(from->second, asked.parts, rules_.min_part_size, rules_.equal_parts);
    if (!parts) return parts.error();
    auto whole = joined(from->second, *parts, now);
    if (asked.size && *asked.size != whole.size) {
        return refuse(
            400,
            "InvalidRequest",
            "The provided 'x-amz-mp-object-size' header does not match what was computed"
        );
    }
    auto sums = join_checksums(from->second, *parts, asked.claim, asked.composite);
    if (!sums) return sums.error();
    whole.sums = *sums;
    if (rules_.md5_multipart_etags) whole.etag = joined_etag(*parts);
    if (whole.etag.empty()) whole.etag = new_etag() + '-' + std::to_string(parts->size());
    auto stored = put_locked(**found, bucket, key, std::move(whole), asked.given);
    if (!stored) return stored;
    discard_unused(from->second, *parts);
    medium_.remove_upload(bucket, id);
    (*found)->uploads.erase(from);
    if (rules_.repeat_complete) (*found)->completed[{key, id}] = *stored;
    return stored;
}

object_ptr store::completed_before(
    const std::string& bucket, const std::string& key, const std::string& id
) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found || !rules_.repeat_complete) return nullptr;
    const auto one = (*found)->completed.find({key, id});
    return one == (*found)->completed.end() ? nullptr : one->second;
}

outcome<void>
store::abort(const std::string& bucket, const std::string& key, const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    const auto one = (*found)->uploads.find({key, id});
    if (one == (*found)->uploads.end()) return no_upload(id);
    medium_.remove_upload(bucket, id);
    discard_unused(one->second, {});
    (*found)->uploads.erase(one);
    return {};
}

void store::abort_all_uploads() {
    const std::lock_guard lock(mutex_);
    for (auto& [name, in] : buckets_) {
        for (const auto& [key_and_id, one] : in.uploads) {
            medium_.remove_upload(name, one.id);
            discard_unused(one, {});
        }
        in.uploads.clear();
    }
}

outcome<std::string> store::list_uploads(const uploads_query& asked) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(asked.bucket);
    if (!found) return found.error();
    return uploads_document((*found)->uploads, asked);
}

outcome<std::string>
store::list_parts(const std::string& key, const std::string& id, const parts_query& asked) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(asked.bucket);
    if (!found) return found.error();
    const auto one = (*found)->uploads.find({key, id});
    if (one == (*found)->uploads.end()) return no_upload(id);
    return parts_document(one->second, asked);
}

} // namespace sluice::sim
