// engine: one partition in one format, and the lanes that go in step on it.
#pragma once

#include "block_source.hpp"
#include "step_window.hpp"

#include <utility>

namespace sluice {

/// Use from one strand; must outlive its lanes.
struct shared_source {
    /// `of`: what a block_source is made from.
    template <class... Of>
    shared_source(any_io_executor on, const step_rules& rules, line_book& lines, Of&&... of)
        : blocks(std::forward<Of>(of)...), steps(std::move(on), blocks, rules, lines) {}

    block_source blocks;
    step_window steps;
};

} // namespace sluice
