// engine: reading what an export left in a bucket: commits by number, objects, and whether all of
// it holds.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/imported_stream.hpp>
#include <sluice/engine/partition_survey.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/stream/reader.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// One export's place in a bucket.
struct export_folder {
    std::string bucket;
    std::string folder;
    stream_document document;
};

/// `prefix` may be the folder or its parent. Errors: no_export_here, ambiguous_prefix (naming the
/// streams), damaged_object, whatever the store says.
task<result<export_folder>>
find_folder(s3::object_store& store, std::string bucket, std::string prefix, deadline by);

/// One commit with the bytes it was decoded from; nullopt when number `n` does not exist.
struct read_commit {
    commit document;
    std::string bytes;
};
task<result<std::optional<read_commit>>> fetch_commit(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t number,
    deadline by
);

/// Reads all commits of a partition from number 0, and nothing less: where the listing shows a
/// commit from the first number on that is not there, that one is missing, and so may be whatever
/// it named. (A listing that lags shows too little and does no harm.) `also` is told of each, where
/// it is given. Memory: one commit and a range of a page. Errors: damaged_object naming the missing
/// or broken commit.
task<result<partition_survey>> survey_partition(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    deadline by,
    std::function<void(const commit&)> also = {}
);

/// Nothing but the name of a stream lies there: no_export_here. Where there are objects and no
/// commits, the partitions tell it. One LIST, as a rule.
task<result<void>> check_exported(s3::object_store& store, const export_folder& where, deadline by);

/// Of a partition that showed no commits; damaged_object: it has objects of an export, which is
/// claimed before the first of them is there, and still no commits: these were removed.
task<result<void>> check_not_bereft(
    s3::object_store& store, const export_folder& where, std::uint32_t partition, deadline by
);

/// survey_partition for who is to read: objects without any commits are damaged_object.
task<result<partition_survey>> survey_exported(
    s3::object_store& store, const export_folder& where, std::uint32_t partition, deadline by
);

/// An object, and what the commit that names it says beside.
struct named_object {
    committed_object object;
    std::uint64_t commit_number = 0;
    std::uint64_t epoch = 0;
    std::int64_t committed_at = 0; ///< µs since 1970 UTC
};
/// nullopt: no commit names `key` (relative to the folder). Errors: as of survey_partition.
task<result<std::optional<named_object>>> find_named_object(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    const std::string& key,
    deadline by
);

/// An object in force that is not what it should be.
struct object_damage {
    committed_object object;
    bool missing = false; ///< nothing stands at its key
    bool differs = false; ///< as committed, but not what the stream holds there
    bool expired = false; ///< recorded as removed by the lifecycle: in force no more
};

/// An object beside those that commits name.
struct unnamed_object {
    std::string key;
    std::string removal; ///< who removes it, for people
};

/// What `verify` found.
struct verify_report {
    std::uint64_t commits = 0, objects = 0, events = 0, bytes = 0;
    std::vector<std::string>
        problems; ///< each names the object or commit, the place in it, and the positions
    std::vector<unnamed_object> strays; ///< no problem, but worth a `cleanup`
    std::vector<std::string>
        pending; ///< ranges of the stream that lie behind the committed end: no problem either
    std::vector<std::string> notes; ///< pages that are missing or damaged: the commits serve; what
                                    ///< an import was told to leave out, or retention to remove
    bool values_alone = false;      ///< these objects hold no keys, headers and timestamps
    bool all_compared = true;       ///< false: the stream no longer has all that was exported
    std::set<std::uint32_t> unclaimed;     ///< partitions without any commit
    std::vector<committed_object> expired; ///< recorded as removed, and not replaced since
    std::vector<object_damage> damaged;    ///< the objects that problems are about, each once
};

/// Reads every committed object and checks sizes, piece and object CRCs, decoding, order and
/// counts; with `against`, also that every record equals the stream's, bit for bit, from the first
/// exported position to the last. `copy` tells that `against` is a stream that an import filled,
/// and with what: then what it holds is compared, and what it lacks is told, as a note where it was
/// not to have it. `other` names the export that `against` reads, where it is no stream: then both
/// are to begin and end at the same places. `memory` bounds what is held. Errors: also
/// engine_errc::other_incarnation, engine_errc::usage.
task<result<verify_report>> verify_export(
    s3::object_store& store,
    const export_folder& where,
    reader* against,
    std::uint64_t memory,
    deadline by,
    std::function<void(std::uint64_t bytes)> progressed,
    const imported_stream* copy = nullptr,
    const std::string* other = nullptr
);

} // namespace sluice
