// tools: a failure as the one line a person reads: what, where, and what to do now.
#pragma once

#include <sluice/base/result.hpp>

#include <string>
#include <string_view>

namespace sluice::command {

/// What can be done about it; empty where the failure's own words say so already. `verb` is the
/// command that met it (empty: any): what only another one can do is not told of it.
std::string_view way_out(const failure& why, std::string_view verb = {});
/// "sluice: {what} ({way out})", without a newline.
std::string error_line(const failure& why);
/// The same with another way out.
std::string error_line(const failure& why, std::string_view way_out);

} // namespace sluice::command
