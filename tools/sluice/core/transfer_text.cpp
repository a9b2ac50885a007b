// tools: rows of the state file as text and JSON.
#include "transfer_text.hpp"

#include "command_line.hpp"
#include "json_text.hpp"
#include "progress_line.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/destinations.hpp>
#include <sluice/engine/progress.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace sluice::command {

namespace {

std::string updated_text(const transfer_row& row) {
    return format_timestamp(row.updated).value_or("");
}

std::string state_text(const std::string& observed, const std::string& desired) {
    return observed + (desired == "running" ? "" : " (wanted: " + desired + ")");
}

/// The address, with the host where another one has the same.
std::string place_text(const destination_row& one, const std::vector<destination_row>& all) {
    const bool alone = std::none_of(all.begin(), all.end(), [&one](const destination_row& each) {
        return each.target == one.target && each.endpoint != one.endpoint && !each.endpoint.empty();
    });
    return alone || one.endpoint.empty() ? one.target : one.target + " at " + one.endpoint;
}

std::string
places_text(const std::vector<destination_row>& some, const std::vector<destination_row>& all) {
    std::string text;
    for (const destination_row& each : some)
        if (each.desired != "removed") text += (text.empty() ? "" : " ") + place_text(each, all);
    return text;
}

/// Of its lanes those that stand otherwise than the destination.
std::string destination_text(const destination_row& row, const std::vector<destination_row>& all) {
    std::string text = "    " + place_text(row, all) + "  " + state_text(row.observed, row.desired);
    if (!row.last_error.empty() && row.observed != "completed") text += "  " + row.last_error;
    text += "\n";
    if (!row.endpoint.empty())
        text += "      at        " + (row.url.empty() ? row.endpoint : row.url) + "\n";
    if (!row.claim.empty())
        text += "      claim     " + row.claim + ", as `sluice inspect` shows it\n";
    if (!row.cursor.empty())
        text += "      cursor    " + row.cursor + ", as `sluice stream cursors` shows it\n";
    for (const lane_wish_row& lane : row.lanes) {
        if (lane.desired == "running" && (lane.observed.empty() || lane.observed == row.observed))
            continue;
        const std::string observed = lane.observed.empty() ? "pending" : lane.observed;
        text += fmt::format(
            "      partition {}  {}\n", lane.partition, state_text(observed, lane.desired)
        );
    }
    return text;
}

/// What the run that runs, or the last one, has moved.
std::string moved_text(const transfer_row& row) {
    const auto seen = progress_of_json(row.progress);
    if (!seen) return "";
    const bool killed = row.observed == interrupted;
    const bool over = has_ended(row) || killed;
    std::string text;
    for (const target_progress& each : seen->targets) {
        std::string line = fmt::format(
            "{}, {} events, {} objects",
            human_size(each.bytes),
            grouped(each.events),
            grouped(each.objects)
        );
        if (each.percent) line += fmt::format(", {} %", static_cast<int>(*each.percent));
        if (!over && each.seconds_left && *each.seconds_left >= 0)
            line += ", " + human_duration(std::chrono::seconds(*each.seconds_left)) + " left";
        if (each.retries > 0) line += fmt::format(", {} retries", grouped(each.retries));
        // Its progress is written down once a second.
        if (killed) line = "at least " + line + ", as it wrote down last before it was killed";
        const char* const name = over ? "  last run  " : "  this run  ";
        text += (seen->targets.size() > 1 ? name + label_of(each, seen->targets) + ": " : name) +
                line + "\n";
    }
    // All have the same stream.
    if (!seen->targets.empty() && !seen->targets.front().guarantee.empty())
        text += "  guarantee " + seen->targets.front().guarantee + "\n";
    return text;
}

std::string destinations_json(const std::vector<destination_row>& rows) {
    json_array list;
    for (const destination_row& row : rows) {
        json_array lanes;
        for (const lane_wish_row& lane : row.lanes) {
            json_object each;
            each.integer("partition", lane.partition);
            each.text("desired", lane.desired).text("observed", lane.observed);
            lanes.add(each.done());
        }
        json_object json;
        json.text("target", row.target).text("endpoint", row.endpoint);
        json.text("url", row.url).text("claim", row.claim).text("cursor", row.cursor);
        json.text("address", row.address).flag("added", row.added);
        json.text("desired", row.desired).text("observed", row.observed);
        json.text("last_error", row.last_error).value("lanes", lanes.done());
        list.add(json.done());
    }
    return list.done();
}

} // namespace

std::string resume_line(
    const std::string& transfer,
    const std::string& destination,
    std::optional<std::uint32_t> partition
) {
    std::string line = "sluice transfer resume " + shell_word(transfer);
    if (!destination.empty()) line += " --to " + shell_word(destination);
    if (partition) line += " --partition " + std::to_string(*partition);
    return line;
}

namespace {

/// What never began was not interrupted.
void mark_state(std::string& observed) {
    const bool begun = !observed.empty() && observed != "pending";
    if (begun && !is_at_rest(observed)) observed = interrupted;
}

} // namespace

void mark_interrupted(transfer_row& row) {
    mark_state(row.observed);
    row.holder.clear();
}

void mark_interrupted(destination_row& row) {
    mark_state(row.observed);
    for (lane_wish_row& lane : row.lanes)
        mark_state(lane.observed);
}

bool has_ended(const transfer_row& row) {
    return is_at_rest(row.observed);
}

void name_hosts(
    std::vector<transfer_row>& rows, const std::vector<std::vector<destination_row>>& destinations
) {
    std::vector<destination_row> all;
    for (const auto& each : destinations)
        all.insert(all.end(), each.begin(), each.end());
    for (std::size_t n = 0; n < rows.size(); ++n) {
        const std::string named = places_text(destinations[n], all);
        if (named == places_text(destinations[n], {})) continue;
        (rows[n].kind == "import" ? rows[n].source : rows[n].targets) = named;
    }
}

std::string transfer_list_text(const std::vector<transfer_row>& rows) {
    if (rows.empty()) return "no transfers yet\n";
    std::string text;
    for (const transfer_row& row : rows) {
        text += fmt::format(
            "{}  {}  {}  {} -> {}\n", row.name, row.kind, row.observed, row.source, row.targets
        );
        if (row.observed == "completed" && !row.last_error.empty())
            text += "  missing: " + row.last_error + "\n";
        if (row.observed == interrupted) text += "  continue with: " + row.command + "\n";
    }
    return text;
}

std::string
transfer_text(const transfer_row& known, const std::vector<destination_row>& destinations) {
    std::vector<transfer_row> alone{known};
    name_hosts(alone, {destinations});
    const transfer_row& row = alone.front();
    std::string text = row.name + "\n";
    text += "  kind      " + row.kind + "\n";
    text += "  from      " + row.source + "\n";
    text += "  to        " + row.targets + "\n";
    text += "  state     " + row.observed + " (wanted: " + row.desired + ")\n";
    for (const destination_row& each : destinations)
        text += destination_text(each, destinations);
    if (!row.url.empty()) text += "  at        " + row.url + "\n";
    text += moved_text(row);
    text += "  run by    " + (row.holder.empty() ? std::string("nobody") : row.holder) + "\n";
    text += "  updated   " + updated_text(row) + "\n";
    if (row.safe_until && has_ended(row))
        text += "  safe until " + format_timestamp(*row.safe_until).value_or("") +
                ", when the bucket aborts unfinished uploads\n";
    if (!row.last_error.empty()) text += "  error     " + row.last_error + "\n";
    text += "  continue  " + row.command + "\n";
    return text;
}

std::string
transfer_json(const transfer_row& row, const std::vector<destination_row>& destinations) {
    json_object json;
    json.text("name", row.name).text("kind", row.kind);
    json.text("source", row.source).text("targets", row.targets);
    json.text("desired", row.desired).text("observed", row.observed);
    json.text("holder", row.holder).text("last_error", row.last_error);
    json.text("command", row.command).text("updated", updated_text(row)).text("url", row.url);
    if (row.safe_until)
        json.text("paused_safe_until", format_timestamp(*row.safe_until).value_or(""));
    else
        json.null("paused_safe_until");
    json.value("destinations", destinations_json(destinations));
    if (row.progress.empty())
        json.null("progress");
    else
        json.value("progress", row.progress);
    return json.done();
}

} // namespace sluice::command
