// tools: what `sluice stream trim` and `sluice stream cursors` say.
#include "stream_upkeep_text.hpp"

#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"

#include <sluice/base/text.hpp>
#include <sluice/stream/cursor_place.hpp>

#include <fmt/format.h>

#include <numeric>

namespace sluice::command {

namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& each : names)
        text += (text.empty() ? "" : ", ") + each;
    return text;
}

std::string names_json(const std::vector<std::string>& names) {
    json_array list;
    for (const std::string& each : names)
        list.add(json_string(each));
    return list.done();
}

std::uint64_t removed_bytes(const std::vector<log_trimmed_partition>& done) {
    return std::accumulate(
        done.begin(),
        done.end(),
        std::uint64_t{0},
        [](std::uint64_t sum, const log_trimmed_partition& each) { return sum + each.bytes; }
    );
}

std::string position_or_null(const std::optional<position>& place) {
    return place ? json_string(to_string(*place)) : "null";
}

bool lets_go(const log_cursor_info::place& place) {
    return place.at && place.at->sequence == needs_nothing;
}

std::string place_text(const log_cursor_info::place& place) {
    if (lets_go(place)) return "is not held, another transfer has its claim";
    return fmt::format(
        "{}, {} sequences behind, holds {}",
        place.at ? to_string(*place.at) : "nowhere yet",
        grouped(place.sequences),
        human_size(place.bytes)
    );
}

std::vector<cursor_owner>
owners_of(const std::string& cursor, const std::vector<cursor_owner>& among) {
    std::vector<cursor_owner> found;
    for (const cursor_owner& each : among)
        if (each.cursor == cursor) found.push_back(each);
    return found;
}

} // namespace

std::string
trim_text(const std::string& name, const std::vector<log_trimmed_partition>& done, bool look_only) {
    const char* would = look_only ? "would remove" : "removed";
    std::string text = fmt::format("{}: {} {}\n", name, would, human_size(removed_bytes(done)));
    for (const log_trimmed_partition& each : done) {
        text += fmt::format(
            "  partition {}  {} segments, {}; begins at {}\n",
            each.first.partition,
            each.segments,
            human_size(each.bytes),
            to_string(each.first)
        );
        if (!each.held_by.empty()) text += "    more is held by " + joined(each.held_by) + "\n";
        if (!each.passed.empty())
            text += "    not read to the end by " + joined(each.passed) +
                    ": their readers have a "
                    "gap\n";
    }
    return text;
}

std::string
trim_json(const std::string& name, const std::vector<log_trimmed_partition>& done, bool look_only) {
    json_array partitions;
    for (const log_trimmed_partition& each : done) {
        json_object json;
        json.number("partition", each.first.partition).text("first", to_string(each.first));
        json.number("segments", each.segments).number("bytes", each.bytes);
        json.value("held_by", names_json(each.held_by)).value("passed", names_json(each.passed));
        partitions.add(json.done());
    }
    json_object json;
    json.text("stream", name).flag("removed", !look_only).number("bytes", removed_bytes(done));
    json.value("partitions", partitions.done());
    return json.done() + "\n";
}

std::string cursors_text(
    const std::string& name,
    const std::vector<log_cursor_info>& cursors,
    const std::vector<cursor_owner>& owners,
    const std::string& state_file
) {
    if (cursors.empty()) return name + ": no cursors\n";
    std::string text;
    for (const log_cursor_info& each : cursors) {
        text += each.name + (each.in_use ? "  in use" : "  not in use") + "\n";
        const auto known = owners_of(each.name, owners);
        for (const cursor_owner& owner : known)
            text += fmt::format(
                "  of transfer {} to {} ({})\n", owner.transfer, owner.target, owner.endpoint
            );
        if (known.empty()) text += "  whose: unknown to " + state_file + "\n";
        for (std::size_t n = 0; n < each.partitions.size(); ++n) {
            const log_cursor_info::place& place = each.partitions[n];
            text += fmt::format("  partition {}  {}\n", n, place_text(place));
        }
    }
    return text;
}

std::string cursors_json(
    const std::string& name,
    const std::vector<log_cursor_info>& cursors,
    const std::vector<cursor_owner>& owners
) {
    json_array list;
    for (const log_cursor_info& each : cursors) {
        json_array places;
        for (std::size_t n = 0; n < each.partitions.size(); ++n) {
            const log_cursor_info::place& place = each.partitions[n];
            json_object json;
            const bool free = lets_go(place);
            json.number("partition", n);
            json.value("position", free ? "null" : position_or_null(place.at));
            json.flag("let_go", free);
            json.number("lag", place.sequences).number("holds_bytes", place.bytes);
            places.add(json.done());
        }
        json_array transfers;
        for (const cursor_owner& owner : owners_of(each.name, owners)) {
            json_object json;
            json.text("transfer", owner.transfer).text("target", owner.target);
            json.text("endpoint", owner.endpoint);
            transfers.add(json.done());
        }
        json_object json;
        json.text("cursor", each.name).flag("in_use", each.in_use);
        json.value("transfers", transfers.done());
        json.value("partitions", places.done());
        list.add(json.done());
    }
    json_object json;
    json.text("stream", name).value("cursors", list.done());
    return json.done() + "\n";
}

std::string retention_text(const log_retention& rules) {
    using std::chrono::duration_cast, std::chrono::seconds;
    if (!rules.removes()) return "everything";
    std::string text;
    if (rules.bytes) text += "the last " + human_size(*rules.bytes) + " of a partition";
    if (rules.age)
        text += (text.empty() ? "" : ", ") + human_duration(duration_cast<seconds>(*rules.age));
    if (rules.max_lag) text += "; a cursor holds at most " + human_size(*rules.max_lag);
    return text;
}

std::string retention_json(const log_retention& rules) {
    const auto number = [](json_object& to, const char* name, std::optional<std::uint64_t> value) {
        value ? to.number(name, *value) : to.null(name);
    };
    json_object json;
    number(json, "bytes", rules.bytes);
    number(
        json,
        "age_us",
        rules.age ? std::optional(static_cast<std::uint64_t>(rules.age->count())) : std::nullopt
    );
    number(json, "max_lag", rules.max_lag);
    return json.done();
}

} // namespace sluice::command
