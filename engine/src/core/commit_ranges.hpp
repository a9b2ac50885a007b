// engine: the ranges that one commit tells of. Pure.
#pragma once

#include <sluice/engine/committed_range.hpp>
#include <sluice/engine/partition_survey.hpp>

#include <vector>

namespace sluice {

/// Of one commit, with what later commits say of its objects. Where one was replaced, the number of
/// the commit that did stands beside it: its object is to be put in its place.
std::vector<committed_range> ranges_of(commit what, const partition_survey& all);

/// `newer` takes the place of what it replaced, unless it has expired, too.
void put_in_place(committed_range& range, committed_object newer, const partition_survey& all);

} // namespace sluice
