// s3client: whether a store lets exactly one of several simultaneous writers create an object.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/object_store.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::s3 {

/// How often it is asked, and by how many at once: fewer prove little.
inline constexpr unsigned race_rounds = 3, race_contenders = 16;

struct race_outcome {
    std::vector<put_receipt> won; ///< more than one: the store's conditions cannot be trusted
    /// Of one that was neither stored nor refused for its condition. Where nobody or one has won it
    /// keeps from knowing.
    std::optional<failure> other;
};

/// `race_contenders` PUTs at once to a key where nothing is, each with If-None-Match: *. What they
/// store stays. A lost answer may hide the winner's, so that no winner proves nothing.
/// Cancellation: terminal (throws).
task<race_outcome> race_to_create(
    any_io_executor on, object_store& store, std::string bucket, std::string key, deadline by
);

} // namespace sluice::s3
