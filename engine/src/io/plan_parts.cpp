// engine: what plans of exports and of imports share.
#include "plan_parts.hpp"

#include "../core/lifecycle_notes.hpp"

#include <utility>

namespace sluice {

engine::start_failure plan_failure(const failure& why, side where) {
    engine::start_failure start;
    start.why = why;
    start.where = where;
    return start;
}

task<std::optional<std::vector<s3::lifecycle_rule>>>
fetch_lifecycle(s3::client* store, std::string bucket, planned_target& plan) {
    if (!store) co_return std::nullopt;
    auto rules = co_await store->lifecycle(bucket, deadline::never());
    ++plan.requests.gets;
    if (rules) co_return std::move(*rules);
    plan.lifecycle.push_back(
        "unknown: the bucket's lifecycle rules could not be read (" + describe(rules.error()) + ")"
    );
    co_return std::nullopt;
}

task<void>
plan_lifecycle(s3::client* store, std::string bucket, std::string folder, planned_target& plan) {
    const auto rules = co_await fetch_lifecycle(store, bucket, plan);
    if (!rules) co_return;
    lifecycle_notes found = notes_on_lifecycle(*rules, folder);
    plan.lifecycle = std::move(found.notes);
    plan.warnings = std::move(found.warnings);
}

void plan_permissions(
    planned_target& plan,
    const export_folder& where,
    const std::string& on_bucket,
    const std::string& on_objects
) {
    const std::string bucket = "arn:aws:s3:::" + where.bucket;
    plan.permissions.push_back(on_bucket + " on " + bucket);
    plan.permissions.push_back(on_objects + " on " + bucket + "/" + where.folder + "/*");
}

} // namespace sluice
