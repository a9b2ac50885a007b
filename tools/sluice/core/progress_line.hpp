// tools: progress as lines for people. Pure: numbers in, text out.
#pragma once

#include <sluice/engine/progress.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

/// "12,345"
std::string grouped(std::uint64_t number);

/// What `one` is called among `all`: its address, with the endpoint where that of another is the
/// same.
std::string label_of(const target_progress& one, const std::vector<target_progress>& all);
/// One destination (or an import) now: bytes, events, rate, %, time left, parts in flight, retries;
/// an error while nothing has succeeded since.
std::string progress_line(const target_progress& now, const std::string& label);
/// One line per target.
std::vector<std::string> progress_lines(const progress& now);

/// Cut to `width` columns, so that a line on a terminal never wraps; `width` 0: as it is.
std::string fit_to_width(std::string line, std::size_t width);
/// What a terminal needs to show `lines` in the place of the `shown` lines written before.
std::string redraw(const std::vector<std::string>& lines, std::size_t shown, std::size_t width);

} // namespace sluice::command
