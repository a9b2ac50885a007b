// engine: the part of a partition that an import takes: where it begins, and where it ends.
#include "import_window.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

failure not_exact(const std::string& how) {
    failure why;
    why.code = engine_errc::usage;
    why.where = how;
    return why;
}

failure refuse_start(const import_start_facts& facts, const std::string& how) {
    failure why;
    why.code = engine_errc::start_refused;
    why.where = facts.where + ": --start " + to_string(facts.asked) + " " + how;
    return why;
}

bool is_touched(const import_progress& stands) {
    const position nowhere{stands.at.partition, 0, 0};
    return stands.start || stands.at != nowhere || stands.byte > 0;
}

} // namespace

result<std::optional<position>>
committed_place(const place& what, const partition_survey& commits, object_format format) {
    switch (what.what) {
    case place::kind::saved:
        return std::optional<position>();
    case place::kind::earliest:
        return std::optional<position>(commits.first());
    case place::kind::latest:
        return std::optional<position>(gap_end(commits.end()));
    case place::kind::sequence:
        return std::optional<position>(position{commits.partition(), what.value, 0});
    case place::kind::time:
        break;
    }
    return not_exact(
        to_string(what) + ": " + std::string(name_of(format)) +
        " objects hold no timestamps; give seq:N"
    );
}

result<std::optional<import_start>> decide_import_start(const import_start_facts& facts) {
    if (!facts.found) return std::optional<import_start>();
    const position reached = facts.stands.at;
    const std::string word = to_string(facts.asked);
    if (!is_touched(facts.stands)) {
        if (*facts.found > gap_end(facts.newest))
            return refuse_start(facts, "lies beyond the export's end, " + to_string(facts.newest));
        if (facts.asked.what == place::kind::earliest) return std::optional<import_start>();
        return std::optional<import_start>({std::max(*facts.found, facts.oldest), word});
    }
    const std::string recorded = facts.stands.start ? facts.stands.start->word : "earliest";
    if (word == recorded || *facts.found == reached) return std::optional<import_start>();
    if (*facts.found < reached)
        return refuse_start(
            facts,
            "lies before " + to_string(reached) +
                ", up to where everything is imported: leave --start out to go on there, or import "
                "into another stream"
        );
    return refuse_start(
        facts,
        "would leave out events " + to_string(reached) + " up to " + to_string(*facts.found) +
            ": leave --start out to go on there, or import into another stream"
    );
}

fetch_window window_of_import(const import_progress& stands, const std::optional<position>& until) {
    fetch_window within;
    within.from = within.known_gaps = stands.at;
    within.until = until;
    return within;
}

bool may_begin_inside_an_event(const import_progress& stands, object_format format) {
    const bool at_an_event = stands.at.offset == 0 && stands.byte == 0 && !stands.open;
    return values_only(format) && tells_events_apart(format) && at_an_event;
}

result<std::optional<position>>
place_in_raw(const place& what, position at, const std::optional<fetch_item>& holding) {
    const bool exact = !holding || holding->gap || holding->first >= at;
    if (exact) return std::optional<position>(at);
    return not_exact(
        to_string(what) +
        ": in raw objects events are told apart only where pieces begin; the "
        "nearest places are " +
        to_string(holding->first) + " and " + to_string(holding->next)
    );
}

} // namespace sluice
