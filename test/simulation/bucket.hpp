// simulation: what a model of S3 holds, and the watchman who sees every change of it.
#pragma once

#include <sluice/engine/commit.hpp>
#include <sluice/s3/requests.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::simulation {

struct stored_object {
    std::string bytes;
    std::string etag;
    s3::metadata meta;
    std::int64_t listed_from = 0; ///< µs of virtual time: a listing may not show it before
};

struct stored_upload {
    std::string key;
    s3::metadata meta;
    std::map<unsigned, stored_object> parts;
};

/// Where the commits of one partition stand, as they were written.
struct watched_partition {
    std::vector<commit> commits;
    std::vector<std::string> bytes;
    std::optional<std::uint64_t> epoch; ///< of the newest claim
    bool released = false;
};

/// One bucket. Every change is looked at by the rules that must hold at any moment: a commit is
/// never written over or removed, stands where the one before it ends, under the newest claim, and
/// names objects that are there and as it says; and these never change again.
struct bucket {
    std::map<std::string, stored_object> objects;
    std::map<std::string, stored_upload> uploads;
    std::map<std::string, watched_partition> partitions; ///< by prefix of their commits
    std::map<std::string, std::string> committed;        ///< keys of objects, and which commit
    /// Keys of objects that requests given up long ago have stored, or processes long asleep.
    std::set<std::string> came_late;
    /// Keys that the last listing which should have shown them did not show yet.
    std::set<std::string> passed_over;
    std::vector<std::string> violations;

    void place(const std::string& key, stored_object what);
    void remove(const std::string& key);

  private:
    void violated(std::string what) { violations.push_back(std::move(what)); }
    void look_at_commit(const std::string& key, const std::string& bytes);
    void look_at_object(const std::string& folder, const committed_object& named, const commit& in);
};

} // namespace sluice::simulation
