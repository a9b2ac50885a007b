// engine: the part of a partition that an import takes: where it begins, and where it ends. Pure.
#pragma once

#include "fetch_plan.hpp"

#include <sluice/base/result.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/stream/encoding.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// `[from, until)`, up to the end where `until` is not set. Its offset is 0.
struct import_window {
    position from;
    std::optional<position> until;
};

/// Where a place lies that is not a time; nullopt for `saved`. Errors: engine_errc::usage for a
/// sequence inside a piece of `raw`, where nothing tells events apart, and for a time in formats
/// that hold none.
result<std::optional<position>> committed_place(
    const place& what,
    std::uint32_t partition,
    const std::vector<commit>& commits,
    object_format format
);

struct import_start_facts {
    std::string where;      ///< for people
    position oldest;        ///< where the commits begin
    position newest;        ///< and end
    import_progress stands; ///< how far the import is
    place asked;
    std::optional<position> found; ///< where `asked` lies; nullopt: nothing particular was asked
};

/// The start to be recorded before anything is imported; nullopt: none, it goes on where it
/// stands. An untouched partition begins where asked. A touched one goes on; asked for the start
/// that is recorded already, it does so too (the same command continues), and any other is refused.
/// Errors: engine_errc::start_refused.
result<std::optional<import_start>> decide_import_start(const import_start_facts& facts);

/// What an import that stands there reads, up to `until`. Pieces of `delimited` may begin inside an
/// event, whose length stands where it begins: there reading begins earlier.
std::vector<fetch_item> plan_import_items(
    const std::vector<commit>& commits,
    const import_progress& stands,
    object_format format,
    const std::optional<position>& until
);

} // namespace sluice
