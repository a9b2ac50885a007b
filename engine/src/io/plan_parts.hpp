// engine: what plans of exports and of imports share.
#pragma once

#include <sluice/base/log.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/plan.hpp>
#include <sluice/s3/client.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice {

engine::start_failure plan_failure(const failure& why, side where);

/// The rules of the bucket; nullopt where they may not be read, which `plan` then tells, or where
/// there is no client but a host's own store.
task<std::optional<std::vector<s3::lifecycle_rule>>>
fetch_lifecycle(s3::client* store, std::string bucket, planned_target& plan);

/// Tells in `plan` what the rules of the bucket will do below `folder`; that they may not be read
/// is no failure.
task<void>
plan_lifecycle(s3::client* store, std::string bucket, std::string folder, planned_target& plan);

/// `actions` on all below the folder, with the bucket's own ones before.
void plan_permissions(
    planned_target& plan,
    const export_folder& where,
    const std::string& on_bucket,
    const std::string& on_objects
);

} // namespace sluice
