// engine: what runs left behind in an export's folder and nobody can use any more.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// An upload or object of ours that no commit names, or what a probe left.
struct stray {
    std::string key;
    std::string upload_id;             ///< empty: an object
    std::uint64_t bytes = 0;           ///< of an object
    std::optional<std::int64_t> since; ///< µs since 1970 UTC, by the store's clock
};

struct cleanup_options {
    std::chrono::milliseconds older_than = std::chrono::hours(24);
    std::int64_t now = 0; ///< µs since 1970 UTC
    bool dry_run = false; ///< nothing is changed
    /// Also what is of an epoch in force: its claim is taken first, which fences whoever holds it.
    bool take_over = false;
};

struct cleanup_report {
    std::vector<stray> removed;     ///< with dry_run: would be
    std::vector<stray> held;        ///< of a claim in force: its holder may still need it
    std::vector<stray> young;       ///< not old enough yet
    std::vector<std::string> taken; ///< claims that were taken (and released again), for people;
                                    ///< with dry_run: would be
};

/// Removes the strays of all partitions. Only keys that an export writes, byte for byte, are
/// touched. `removing` is told each one before it goes. Errors: damaged_object where commits cannot
/// be read; what the store says. What was removed before a failure stays removed.
task<result<cleanup_report>> clean_up(
    s3::object_store& store,
    const export_folder& where,
    const cleanup_options& options,
    const std::function<void(const stray&)>& removing,
    deadline by
);

} // namespace sluice
