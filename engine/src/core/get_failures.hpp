// engine: what a store's refusal of a range tells about the object. Pure.
#pragma once

#include <sluice/base/result.hpp>

namespace sluice {

/// Another object stands at the key than the one whose ETag was asked for.
bool is_another_object(const failure& why);

/// Nothing of the answer can be used, but another reading may help.
bool is_unusable_answer(const failure& why);

} // namespace sluice
