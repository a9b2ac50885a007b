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

/// Only where a piece begins is it known how many events lie before.
result<std::optional<position>>
place_in_raw(const place& what, position at, const std::vector<commit>& commits) {
    position before = at, behind = at;
    for (const fetch_item& each : plan_fetches(commits, position{at.partition, 0, 0})) {
        if (each.gap || each.next <= at) continue;
        if (each.first >= at) return std::optional<position>(at);
        before = each.first;
        behind = each.next;
        break;
    }
    if (before == at) return std::optional<position>(at); // behind all of it
    return not_exact(
        to_string(what) +
        ": in raw objects events are told apart only where pieces begin; the "
        "nearest places are " +
        to_string(before) + " and " + to_string(behind)
    );
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

/// Where the piece that holds `from` can be read from: where the event begins inside which the
/// piece does, and so on.
position value_entry(const std::vector<commit>& commits, position from) {
    position entry = from;
    while (true) {
        const std::vector<fetch_item> items = plan_fetches(commits, entry);
        const bool inside = !items.empty() && !items.front().gap && items.front().first < entry &&
                            items.front().first.offset != 0;
        if (!inside) return entry;
        entry = position{from.partition, items.front().first.sequence, 0};
    }
}

} // namespace

result<std::optional<position>> committed_place(
    const place& what,
    std::uint32_t partition,
    const std::vector<commit>& commits,
    object_format format
) {
    const position nowhere{partition, 0, 0};
    switch (what.what) {
    case place::kind::saved:
        return std::optional<position>();
    case place::kind::earliest:
        return std::optional<position>(commits.empty() ? nowhere : commits.front().next);
    case place::kind::latest:
        return std::optional<position>(commits.empty() ? nowhere : gap_end(commits.back().next));
    case place::kind::sequence:
    case place::kind::time:
        break;
    }
    if (what.what == place::kind::time)
        return not_exact(
            to_string(what) + ": " + std::string(name_of(format)) +
            " objects hold no timestamps; give seq:N"
        );
    const position at{partition, what.value, 0};
    if (format == object_format::raw) return place_in_raw(what, at, commits);
    return std::optional<position>(at);
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

std::vector<fetch_item> plan_import_items(
    const std::vector<commit>& commits,
    const import_progress& stands,
    object_format format,
    const std::optional<position>& until
) {
    if (until && *until <= stands.at) return {};
    position entry = stands.at;
    const bool at_an_event = entry.offset == 0 && stands.byte == 0 && !stands.open;
    if (format == object_format::delimited && at_an_event) entry = value_entry(commits, entry);
    std::vector<fetch_item> items = plan_fetches(commits, entry, until);
    std::erase_if(items, [&stands](const fetch_item& each) {
        return each.gap && each.next <= stands.at;
    });
    return items;
}

} // namespace sluice
