// simulation: what a model of S3 holds, and the watchman who sees every change of it.
#include "bucket.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>
#include <string_view>

namespace sluice::simulation {

namespace {

bool is_commit(std::string_view key) {
    return key.find("/_sluice/commits/") != std::string_view::npos;
}

/// Bytes of the pieces, one behind the other from 0 on, each with its checksum.
bool pieces_hold(const committed_object& named, const std::string& bytes) {
    if (named.pieces.empty() || named.pieces.front().at != 0) return false;
    for (std::size_t n = 0; n < named.pieces.size(); ++n) {
        const std::uint64_t from = named.pieces[n].at;
        const std::uint64_t to =
            n + 1 < named.pieces.size() ? named.pieces[n + 1].at : bytes.size();
        if (to <= from || to > bytes.size()) return false;
        const bytes_view part = as_bytes(bytes).subspan(from, to - from);
        if (crc64nvme(part) != named.pieces[n].crc64nvme) return false;
    }
    return true;
}

} // namespace

void bucket::place(const std::string& key, stored_object what) {
    const auto named = committed.find(key);
    const auto before = objects.find(key);
    if (named != committed.end())
        violated("object " + key + ", named by " + named->second + ", was written over");
    if (is_commit(key)) {
        if (before == objects.end())
            look_at_commit(key, what.bytes);
        else if (before->second.bytes != what.bytes)
            violated("commit " + key + " was written over");
    }
    objects[key] = std::move(what);
}

void bucket::remove(const std::string& key) {
    const auto named = committed.find(key);
    if (named != committed.end())
        violated("object " + key + ", named by " + named->second + ", was removed");
    if (is_commit(key)) violated("commit " + key + " was removed");
    objects.erase(key);
}

void bucket::look_at_commit(const std::string& key, const std::string& bytes) {
    auto read = decode_commit(bytes);
    if (!read) return violated("commit " + key + ": " + read.error().where);
    const std::size_t slash = key.find_last_of('/');
    watched_partition& in = partitions[key.substr(0, slash)];
    const std::string folder = key.substr(0, key.find("/_sluice/"));
    const commit& now = *read;
    if (now.number != in.commits.size())
        violated("commit " + key + " stands behind " + std::to_string(in.commits.size()));
    if (now.kind == commit_kind::claim) {
        in.epoch = now.number;
        in.released = false;
    }
    if (!in.epoch || now.epoch != *in.epoch)
        violated(
            "commit " + key + " was written under claim " + std::to_string(now.epoch) +
            ", a newer one stands"
        );
    if (in.released) violated("commit " + key + " was written after the release");
    in.released = now.kind == commit_kind::release;
    position next = in.commits.empty() ? now.next : in.commits.back().next;
    const bool moves = now.kind == commit_kind::objects || now.kind == commit_kind::gap;
    if (now.kind == commit_kind::objects) {
        for (const committed_object& each : now.objects) {
            if (each.first != next)
                violated(
                    "commit " + key + " begins at " + to_string(each.first) +
                    ", the one before ends at " + to_string(next)
                );
            next = each.next;
            look_at_object(folder, each, now);
        }
    }
    if (now.kind == commit_kind::gap) next = now.gap_to;
    if (!moves && !in.commits.empty() && now.next != next)
        violated("commit " + key + " moves the end, and has nothing");
    if (moves && now.next != next) violated("commit " + key + " tells another end than it has");
    in.commits.push_back(now);
    in.bytes.push_back(bytes);
}

void bucket::look_at_object(
    const std::string& folder, const committed_object& named, const commit& in
) {
    const std::string key = folder + "/" + named.key;
    const std::string who =
        "commit " + std::to_string(in.number) + " of partition " + std::to_string(in.partition);
    const auto found = objects.find(key);
    if (found == objects.end()) return violated(who + " names " + key + ", which is not there");
    const std::string& bytes = found->second.bytes;
    if (bytes.size() != named.bytes || crc64nvme(as_bytes(bytes)) != named.crc64nvme)
        violated(who + " names " + key + ", which is another object");
    else if (!pieces_hold(named, bytes))
        violated(who + " names " + key + ": its pieces do not hold");
    if (committed.count(key) > 0) violated(who + " names " + key + " again");
    committed[key] = who;
}

} // namespace sluice::simulation
