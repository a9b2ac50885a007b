// engine: an upload is aborted until it is gone.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/object_store.hpp>

#include <string>

namespace sluice {

/// Aborts, and asks whether the upload is gone, a few times at most, with pauses of a fraction of a
/// second between. What is gone already is a success. Errors: what the store says; while it is
/// still there, s3_errc::internal_error, which is worth another try. Cancellation: terminal.
task<result<void>> remove_upload(
    s3::object_store& store,
    const std::string& bucket,
    const std::string& key,
    const std::string& upload_id,
    deadline by
);

} // namespace sluice
