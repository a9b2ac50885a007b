// s3sim: what each operation does, apart from sockets.
#pragma once

#include "io/request.hpp"
#include "io/store.hpp"

namespace sluice::sim {

/// Settings that the operations look at.
struct operation_rules {
    std::string region;
    std::string scheme = "http";           ///< of the Location that Complete tells
    std::string lifecycle;                 ///< document of every bucket; empty: none has one
    unsigned abort_uploads_after_days = 0; ///< what a lifecycle rule would say; 0: no rule
};

/// What can be refused before the body is read: no such bucket or upload, headers and parameters
/// that cannot be served.
std::optional<refusal> admit(const store& in, const request& ask);

/// Performs the operation; the body was verified before.
outcome<answer> perform(store& in, const request& ask, received body, const operation_rules& rules);

outcome<answer> perform_on_bucket(store& in, const request& ask, const operation_rules& rules);
outcome<answer> perform_on_object(store& in, const request& ask, received body);
/// Nothing where the bucket has never kept versions.
void tell_version(const std::string& id, answer& out);
outcome<answer> remove_object(store& in, const request& ask);
outcome<answer> perform_on_versions(store& in, const request& ask, std::string_view document);
outcome<answer> copy_object(store& in, const request& ask);
outcome<answer> copy_part(store& in, const request& ask);
outcome<answer> delete_objects(store& in, const request& ask, std::string_view document);
outcome<answer> perform_on_tags(store& in, const request& ask, std::string_view document);
outcome<answer>
perform_on_upload(store& in, const request& ask, received body, const operation_rules& rules);

} // namespace sluice::sim
