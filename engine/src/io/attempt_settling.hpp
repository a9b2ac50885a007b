// engine: what stands at the key of an attempt whose request was not clearly answered.
#pragma once

#include "attempt_state.hpp"

namespace sluice {

/// `differs`: our token, and yet not what this attempt would send.
enum class standing { ours, absent, foreign, differs };

/// An object is ours when it carries this attempt's token, has the planned size and, where the
/// store tells one, the planned checksum; or when it carries no token, but the planned bytes.
/// Asked again as long as the destination's patience lasts.
task<result<standing>> look_at_key(attempt& at);

/// engine_errc::foreign_object at the attempt's key.
failure foreign_object(const attempt& at);

} // namespace sluice
