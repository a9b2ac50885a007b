// tools: what `sluice inspect` says about a partition's commits and about one object.
#pragma once

#include <sluice/engine/catalogue.hpp>
#include <sluice/stream/format.hpp>

#include <optional>
#include <string>

namespace sluice::command {

/// A partition of an export, summed up from its commits.
struct partition_summary {
    std::uint32_t partition = 0;
    std::uint64_t commits = 0, objects = 0, events = 0, bytes = 0, gaps = 0;
    std::uint64_t epoch = 0; ///< of the newest claim
    std::string transfer;    ///< of the newest claim
    std::string owner;       ///< of the newest claim: host and pid
    bool released = false;   ///< nobody holds it
    position start, next;    ///< what is exported
    std::optional<time_range> times;
};
/// What the survey says; objects are added one after the other.
partition_summary summarize(const partition_survey& survey);
void add_object(partition_summary& to, const committed_object& object);
std::string partition_text(const partition_summary& summary);
std::string partition_json(const partition_summary& summary);

/// One committed object, and its own header where it has one.
struct object_account : named_object {
    std::optional<avro_header> header;
};
std::string object_text(const object_account& account);
std::string object_account_json(const object_account& account);

/// `folder/partition=…/name` cut into folder and the key below it; nullopt when the key is not one
/// that an export writes.
struct object_place {
    std::string folder;
    std::string key;
    std::uint32_t partition = 0;
};
std::optional<object_place> find_object_place(const std::string& path);

} // namespace sluice::command
