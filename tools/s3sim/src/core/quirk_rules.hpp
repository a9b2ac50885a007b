// s3sim: what quirks do to requests and answers.
#pragma once

#include "core/checksums.hpp"
#include "core/conditions.hpp"
#include "core/http_head.hpp"
#include "core/operation.hpp"
#include "core/quirks.hpp"
#include "core/signature.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sim {

/// What this store refuses from the head alone.
std::optional<refusal> refuse_by_quirks(
    const quirks& odd, operation what, const request_head& head, const payload_claim& payload
);
/// The conditions that this store looks at, of those that were sent.
conditions heeded(const quirks& odd, operation what, const conditions& sent);
/// Takes away what this store does not keep.
void forget_metadata(const quirks& odd, operation what, request_head& head);
/// Error answers as this store gives them.
refusal told_by_quirks(const quirks& odd, operation what, refusal why);
/// ETags in headers and in a document as this store writes them.
void spell_etags(
    const quirks& odd,
    operation what,
    std::vector<std::pair<std::string, std::string>>& headers,
    std::string& body
);

} // namespace sluice::sim
