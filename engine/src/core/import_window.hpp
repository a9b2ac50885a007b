// engine: the part of a partition that an import takes: where it begins, and where it ends. Pure.
#pragma once

#include "fetch_plan.hpp"

#include <sluice/base/result.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/partition_survey.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/stream/encoding.hpp>

#include <optional>
#include <string>

namespace sluice {

/// `[from, until)`, up to the end where `until` is not set. Its offset is 0.
struct import_window {
    position from;
    std::optional<position> until;
};

/// Where a place lies that is not a time; nullopt for `saved`. Of `raw` a sequence is to be looked
/// at with place_in_raw, too. Errors: engine_errc::usage for a time: the format holds none.
result<std::optional<position>>
committed_place(const place& what, const partition_survey& commits, object_format format);

/// The sequence `at` in objects of `raw`, where only the begin of a piece tells how many events lie
/// before. `holding` is the first piece or gap that reaches beyond it; nullopt: there is none.
/// Errors: engine_errc::usage with the two nearest places.
result<std::optional<position>>
place_in_raw(const place& what, position at, const std::optional<fetch_item>& holding);

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

/// What an import that stands there reads, up to `until`.
fetch_window window_of_import(const import_progress& stands, const std::optional<position>& until);

/// Pieces of `delimited` and `lines` may begin inside an event, and tell nothing of its beginning:
/// then reading is to begin earlier.
bool may_begin_inside_an_event(const import_progress& stands, object_format format);

} // namespace sluice
