// s3sim: buckets, objects and open uploads. Every change is atomic: one lock, held briefly.
#pragma once

#include "core/conditions.hpp"
#include "core/listing.hpp"
#include "core/multipart.hpp"
#include "core/object.hpp"
#include "io/medium.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::sim {

struct bucket {
    sys_seconds created;
    object_map objects;
    upload_map uploads;
};

using bucket_map = std::map<std::string, bucket>;

/// What CompleteMultipartUpload asks for.
struct completion {
    std::vector<claimed_part> parts;
    checksum_claim claim;
    std::optional<std::uint64_t> size; ///< x-amz-mp-object-size
    bool composite = false;
    conditions given;
};

/// Safe to use from several threads.
class store {
  public:
    /// `known` is what the medium found from an earlier run.
    store(medium& keep, bucket_map known, std::uint64_t min_part_size);

    std::unique_ptr<blob_writer> writer(std::uint64_t size) { return medium_.writer(size); }

    outcome<void> create_bucket(const std::string& name, sys_seconds now);
    outcome<void> delete_bucket(const std::string& name);
    outcome<void> check_bucket(const std::string& name) const;
    std::vector<std::pair<std::string, sys_seconds>> list_buckets() const;

    /// `one` gets its ETag here. The condition and the change are one step: of several
    /// If-None-Match writes at once exactly one succeeds.
    outcome<object_ptr>
    put(const std::string& bucket, const std::string& key, object one, const conditions& given);
    outcome<object_ptr> get(const std::string& bucket, const std::string& key) const;
    outcome<void>
    remove(const std::string& bucket, const std::string& key, const conditions& given);
    /// The object stays what it is otherwise: same ETag, same time.
    outcome<void> set_tags(const std::string& bucket, const std::string& key, const tag_set& tags);
    outcome<std::string> list(const list_query& asked) const;

    /// As a bucket's lifecycle rule does it.
    void abort_all_uploads();
    outcome<std::string> create_upload(const std::string& bucket, upload one);
    /// A copy of the upload without its parts, or NoSuchUpload.
    outcome<upload>
    find_upload(const std::string& bucket, const std::string& key, const std::string& id) const;
    outcome<part_ptr> put_part(
        const std::string& bucket,
        const std::string& key,
        const std::string& id,
        unsigned number,
        part one
    );
    outcome<object_ptr> complete(
        const std::string& bucket,
        const std::string& key,
        const std::string& id,
        const completion& asked,
        sys_seconds now
    );
    outcome<void> abort(const std::string& bucket, const std::string& key, const std::string& id);
    outcome<std::string> list_uploads(const uploads_query& asked) const;
    outcome<std::string>
    list_parts(const std::string& key, const std::string& id, const parts_query& asked) const;

    /// Looks at everything under the lock.
    void visit(const std::function<void(const bucket_map&)>& look) const;

  private:
    outcome<bucket*> find_bucket(const std::string& name);
    outcome<const bucket*> find_bucket(const std::string& name) const;
    outcome<object_ptr> put_locked(
        bucket& into,
        const std::string& name,
        const std::string& key,
        object one,
        const conditions& given
    );
    std::string new_etag();
    std::string new_upload_id();

    medium& medium_;
    const std::uint64_t min_part_size_;
    const std::uint64_t salt_;
    std::uint64_t serial_ = 0;
    mutable std::mutex mutex_;
    bucket_map buckets_;
};

} // namespace sluice::sim
