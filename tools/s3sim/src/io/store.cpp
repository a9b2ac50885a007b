// s3sim: buckets and whole objects.
#include "io/store.hpp"

#include "core/operation.hpp"
#include "io/store_detail.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <chrono>
#include <cstring>

namespace sluice::sim {

namespace store_detail {

std::uint64_t random_salt() {
    const auto bytes = random_bytes(sizeof(std::uint64_t));
    std::uint64_t salt = 0;
    std::memcpy(&salt, bytes.data(), sizeof salt);
    return salt;
}

std::string hex16(std::uint64_t value) {
    std::byte bytes[8];
    for (int i = 0; i < 8; ++i)
        bytes[i] = static_cast<std::byte>(value >> (56 - 8 * i) & 0xff);
    return hex(bytes);
}

/// Spreads neighbouring numbers over all 64 bits (the finaliser of splitmix64).
std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

refusal no_bucket(const std::string& name) {
    auto why = refuse(404, "NoSuchBucket", "The specified bucket does not exist");
    why.details.emplace_back("BucketName", name);
    return why;
}

refusal no_key(const std::string& key) {
    auto why = refuse(404, "NoSuchKey", "The specified key does not exist.");
    why.details.emplace_back("Key", key);
    return why;
}

refusal no_room() {
    return refuse(500, "InternalError", "The simulator could not write to its data directory");
}

void discard_pieces(const object& one) {
    for (const auto& piece : one.pieces)
        piece->discard();
}

} // namespace store_detail

using namespace store_detail;

store::store(medium& keep, bucket_map known, const store_rules& rules)
    : medium_(keep), rules_(rules), salt_(random_salt()), buckets_(std::move(known)) {}

void store::set_rules(const store_rules& rules) {
    const std::lock_guard lock(mutex_);
    rules_ = rules;
}

outcome<bucket*> store::find_bucket(const std::string& name) {
    const auto found = buckets_.find(name);
    if (found == buckets_.end()) return no_bucket(name);
    return &found->second;
}

outcome<const bucket*> store::find_bucket(const std::string& name) const {
    const auto found = buckets_.find(name);
    if (found == buckets_.end()) return no_bucket(name);
    return &found->second;
}

std::string store::new_etag() {
    ++serial_;
    return hex16(mixed(salt_ + serial_)) + hex16(mixed(~salt_ + serial_));
}

std::string store::new_upload_id() {
    // Ids sort by time, as the upload listing wants them.
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
    ++serial_;
    return hex16(static_cast<std::uint64_t>(micros)) + '.' + hex16(serial_) + '_' +
           hex16(mixed(salt_ ^ serial_));
}

outcome<void> store::create_bucket(const std::string& name, sys_seconds now) {
    if (!valid_bucket_name(name))
        return refuse(400, "InvalidBucketName", "The specified bucket is not valid.");
    const std::lock_guard lock(mutex_);
    if (buckets_.contains(name)) {
        return refuse(
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it."
        );
    }
    if (!medium_.save_bucket(name, now)) return no_room();
    buckets_[name].created = now;
    return {};
}

outcome<void> store::delete_bucket(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(name);
    if (!found) return found.error();
    const auto& in = **found;
    if (!in.objects.empty() || !in.uploads.empty() || !in.history.empty()) {
        return refuse(409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
    }
    medium_.remove_bucket(name);
    buckets_.erase(name);
    return {};
}

outcome<void> store::check_bucket(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(name);
    if (!found) return found.error();
    return {};
}

std::vector<std::pair<std::string, sys_seconds>> store::list_buckets() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::string, sys_seconds>> out;
    for (const auto& [name, one] : buckets_)
        out.emplace_back(name, one.created);
    return out;
}

outcome<object_ptr> store::put_locked(
    bucket& into,
    const std::string& name,
    const std::string& key,
    object one,
    const conditions& given
) {
    const auto found = into.objects.find(key);
    const auto current = found == into.objects.end() ? object_ptr() : found->second;
    if (auto refused = check_write(given, current.get())) return *refused;
    const bool versioned = into.versions != versioning::never;
    if (into.versions == versioning::enabled) one.version_id = new_version_id();
    if (into.versions == versioning::suspended) one.version_id = "null";
    const object_ptr stored = std::make_shared<const object>(std::move(one));
    if (!medium_.save_object(name, key, *stored)) return no_room();
    note_past(into, key);
    if (versioned)
        add_version(into.history[key], {stored->version_id, stored, stored->modified});
    else if (current)
        discard_pieces(*current);
    into.objects[key] = stored;
    return stored;
}

outcome<object_ptr>
store::put(const std::string& bucket, const std::string& key, object one, const conditions& given) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    if (one.etag.empty()) one.etag = new_etag();
    return put_locked(**found, bucket, key, std::move(one), given);
}

outcome<void>
store::set_tags(const std::string& bucket, const std::string& key, const tag_set& tags) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    const auto one = (*found)->objects.find(key);
    if (one == (*found)->objects.end()) return no_key(key);
    object changed = *one->second;
    changed.tags = tags;
    const object_ptr stored = std::make_shared<const object>(std::move(changed));
    if (!medium_.save_object(bucket, key, *stored)) return no_room();
    one->second = stored;
    return {};
}

outcome<std::string> store::list(const list_query& asked) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(asked.bucket);
    if (!found) return found.error();
    if (rules_.late_listings.count() == 0)
        return list_document(asked, list_objects((*found)->objects, asked));
    const auto before = objects_before(**found, rules_.late_listings);
    return list_document(asked, list_objects(before, asked));
}

void store::visit(const std::function<void(const bucket_map&)>& look) const {
    const std::lock_guard lock(mutex_);
    look(buckets_);
}

} // namespace sluice::sim
