// s3sim: buckets, objects and open uploads. Every change is atomic: one lock, held briefly.
#pragma once

#include "core/conditions.hpp"
#include "core/listing.hpp"
#include "core/multipart.hpp"
#include "core/object.hpp"
#include "core/versions.hpp"
#include "io/medium.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::sim {

/// What an object was before a change, for stores that show changes late.
struct past_object {
    std::string key;
    object_ptr before; ///< null: there was none
    std::chrono::steady_clock::time_point changed;
};

struct bucket {
    sys_seconds created;
    object_map objects; ///< the current ones
    upload_map uploads;
    versioning versions = versioning::never;
    version_map history; ///< all versions of all keys, the current ones too; of `never`: empty
    std::deque<past_object> past;
    std::map<std::pair<std::string, std::string>, object_ptr> completed; ///< by key and upload
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

/// How strict the store is; may be changed while it runs.
struct store_rules {
    std::uint64_t min_part_size = 5 * 1024 * 1024;
    bool equal_parts = false;
    bool md5_multipart_etags = false; ///< where the parts' ETags are MD5s
    bool repeat_complete = false;     ///< a second completion is answered as the first
    std::chrono::milliseconds late_listings{0}, late_reads{0};
};

struct removal {
    bool marker = false; ///< one was made, or was what has been removed
    std::string version_id;
};

/// Safe to use from several threads.
class store {
  public:
    /// `known` is what the medium found from an earlier run.
    store(medium& keep, bucket_map known, const store_rules& rules);
    void set_rules(const store_rules& rules);

    std::unique_ptr<blob_writer> writer(std::uint64_t size) { return medium_.writer(size); }

    outcome<void> create_bucket(const std::string& name, sys_seconds now);
    outcome<void> delete_bucket(const std::string& name);
    outcome<void> check_bucket(const std::string& name) const;
    std::vector<std::pair<std::string, sys_seconds>> list_buckets() const;

    /// `one` gets its ETag here. The condition and the change are one step: of several
    /// If-None-Match writes at once exactly one succeeds.
    outcome<object_ptr>
    put(const std::string& bucket, const std::string& key, object one, const conditions& given);
    /// `version` empty: the current one.
    outcome<object_ptr>
    get(const std::string& bucket, const std::string& key, const std::string& version = {}) const;
    /// Without a version a versioned bucket gets a delete marker; with one it goes for good.
    outcome<removal> remove(
        const std::string& bucket,
        const std::string& key,
        const conditions& given,
        const std::string& version,
        sys_seconds now
    );
    /// NotImplemented where the medium cannot keep versions.
    outcome<void> set_versioning(const std::string& bucket, versioning state);
    outcome<versioning> get_versioning(const std::string& bucket) const;
    outcome<std::string> list_versions(const versions_query& asked) const;
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
    /// What the upload became, where completions may be repeated.
    object_ptr completed_before(
        const std::string& bucket, const std::string& key, const std::string& id
    ) const;
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
    /// Keeps what is at the key now in mind, for those that see changes late.
    void note_past(bucket& in, const std::string& key) const;
    outcome<removal> remove_version(
        bucket& from, const std::string& name, const std::string& key, const std::string& version
    );
    removal mark_removed(bucket& from, const std::string& key, sys_seconds now);
    std::string new_version_id();
    std::string new_etag();
    std::string new_upload_id();

    medium& medium_;
    store_rules rules_;
    const std::uint64_t salt_;
    std::uint64_t serial_ = 0;
    mutable std::mutex mutex_;
    bucket_map buckets_;
};

} // namespace sluice::sim
