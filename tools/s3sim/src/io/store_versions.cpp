// s3sim: versions of objects, and objects as they were a while ago.
#include "io/store.hpp"
#include "io/store_detail.hpp"

#include <algorithm>

namespace sluice::sim {

namespace store_detail {

/// Of "null" there is one at most: a new one replaces it.
void add_version(version_list& to, object_version one) {
    if (one.id == "null")
        std::erase_if(to, [](const object_version& other) { return other.id == "null"; });
    to.push_back(std::move(one));
}

object_map objects_before(const bucket& in, std::chrono::milliseconds lag) {
    object_map out = in.objects;
    const auto horizon = std::chrono::steady_clock::now() - lag;
    for (auto at = in.past.rbegin(); at != in.past.rend() && at->changed > horizon; ++at) {
        if (at->before)
            out[at->key] = at->before;
        else
            out.erase(at->key);
    }
    return out;
}

} // namespace store_detail

using namespace store_detail;

namespace store_version_detail {

const object_version*
find_version(const bucket& in, const std::string& key, const std::string& id) {
    const auto versions = in.history.find(key);
    if (versions == in.history.end()) return nullptr;
    const auto same = [&id](const object_version& one) { return one.id == id; };
    const auto found = std::find_if(versions->second.begin(), versions->second.end(), same);
    return found == versions->second.end() ? nullptr : &*found;
}

/// The object at the key as it was `lag` ago; null: there was none.
object_ptr object_before(const bucket& in, const std::string& key, std::chrono::milliseconds lag) {
    const auto horizon = std::chrono::steady_clock::now() - lag;
    for (const auto& one : in.past) {
        if (one.key == key && one.changed > horizon) return one.before;
    }
    const auto found = in.objects.find(key);
    return found == in.objects.end() ? nullptr : found->second;
}

refusal no_version(const std::string& key, const std::string& id) {
    auto why = refuse(404, "NoSuchVersion", "The specified version does not exist.");
    why.details.emplace_back("Key", key);
    why.details.emplace_back("VersionId", id);
    return why;
}

} // namespace store_version_detail

using namespace store_version_detail;

void store::note_past(bucket& in, const std::string& key) const {
    const auto lag = std::max(rules_.late_listings, rules_.late_reads);
    if (lag.count() == 0) return;
    const auto now = std::chrono::steady_clock::now();
    while (!in.past.empty() && in.past.front().changed + lag < now)
        in.past.pop_front();
    const auto found = in.objects.find(key);
    in.past.push_back({key, found == in.objects.end() ? nullptr : found->second, now});
}

std::string store::new_version_id() {
    return "v" + new_etag();
}

outcome<object_ptr>
store::get(const std::string& bucket, const std::string& key, const std::string& version) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    const auto& in = **found;
    if (version.empty() || (version == "null" && in.versions == versioning::never)) {
        const auto one = object_before(in, key, rules_.late_reads);
        if (one) return one;
        auto why = no_key(key);
        const auto versions = in.history.find(key);
        const bool marked = versions != in.history.end() && !versions->second.back().one;
        if (marked) why.headers.emplace_back("x-amz-delete-marker", "true");
        return why;
    }
    const auto* one = find_version(in, key, version);
    if (!one) return no_version(key, version);
    if (one->one) return one->one;
    auto why = refuse(
        405, "MethodNotAllowed", "The specified method is not allowed against this resource."
    );
    why.headers.emplace_back("x-amz-delete-marker", "true");
    why.headers.emplace_back("x-amz-version-id", version);
    return why;
}

removal store::mark_removed(bucket& from, const std::string& key, sys_seconds now) {
    removal out;
    out.marker = true;
    out.version_id = from.versions == versioning::enabled ? new_version_id() : "null";
    add_version(from.history[key], {out.version_id, nullptr, now});
    from.objects.erase(key);
    return out;
}

/// What does not exist is removed with success, as S3 does it.
outcome<removal> store::remove_version(
    bucket& from, const std::string& name, const std::string& key, const std::string& version
) {
    removal out;
    out.version_id = version;
    const auto* one = find_version(from, key, version);
    if (!one) return out;
    out.marker = !one->one;
    auto& versions = from.history[key];
    versions.erase(versions.begin() + (one - versions.data()));
    const bool alive = !versions.empty() && versions.back().one;
    if (alive)
        from.objects[key] = versions.back().one;
    else
        from.objects.erase(key);
    if (versions.empty()) from.history.erase(key);
    medium_.remove_object(name, key);
    return out;
}

outcome<removal> store::remove(
    const std::string& bucket,
    const std::string& key,
    const conditions& given,
    const std::string& version,
    sys_seconds now
) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    auto& in = **found;
    const auto one = in.objects.find(key);
    const auto* current = one == in.objects.end() ? nullptr : one->second.get();
    if (auto refused = check_write(given, current)) return *refused;
    const bool versioned = in.versions != versioning::never;
    if (!versioned && !version.empty() && version != "null") {
        return refuse(400, "InvalidArgument", "Invalid version id specified");
    }
    note_past(in, key);
    if (versioned && version.empty()) return mark_removed(in, key, now);
    if (versioned) return remove_version(in, bucket, key, version);
    if (!current) return removal();
    medium_.remove_object(bucket, key);
    discard_pieces(*current);
    in.objects.erase(one);
    return removal();
}

outcome<void> store::set_versioning(const std::string& bucket, versioning state) {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    if (!medium_.keeps_versions())
        return refuse(
            501, "NotImplemented", "versions are kept in memory only, not in a data directory"
        );
    auto& in = **found;
    if (in.versions == versioning::never) {
        for (auto& [key, one] : in.objects) {
            object known = *one;
            known.version_id = "null";
            one = std::make_shared<const object>(std::move(known));
            in.history[key].push_back({"null", one, one->modified});
        }
    }
    in.versions = state;
    return {};
}

outcome<versioning> store::get_versioning(const std::string& bucket) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(bucket);
    if (!found) return found.error();
    return outcome<versioning>((*found)->versions);
}

outcome<std::string> store::list_versions(const versions_query& asked) const {
    const std::lock_guard lock(mutex_);
    const auto found = find_bucket(asked.bucket);
    if (!found) return found.error();
    const auto& in = **found;
    if (in.versions != versioning::never) return versions_document(in.history, asked);
    version_map plain;
    for (const auto& [key, one] : in.objects)
        plain[key].push_back({"null", one, one->modified});
    return versions_document(plain, asked);
}

} // namespace sluice::sim
