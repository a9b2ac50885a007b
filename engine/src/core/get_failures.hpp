// engine: what a store's answer to a range, or its refusal, tells about the object. Pure.
#pragma once

#include <sluice/base/result.hpp>

#include <string_view>

namespace sluice {

/// Another object stands at the key than the one whose ETag was asked for.
bool is_another_object(const failure& why);

/// Whether an answer's ETag is not the one that was listed, where both are told: stores that do not
/// heed If-Match answer with whatever is there now. One ETag may be spelled in several ways: in
/// quotes or without, and as a weak one.
bool is_other_etag(std::string_view listed, std::string_view answered);

/// Nothing of the answer can be used, but another reading may help.
bool is_unusable_answer(const failure& why);

} // namespace sluice
