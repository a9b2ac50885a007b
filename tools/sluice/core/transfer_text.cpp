// tools: rows of the state file as text and JSON.
#include "transfer_text.hpp"

#include "command_line.hpp"
#include "json_text.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/destinations.hpp>

#include <fmt/format.h>

namespace sluice::command {

namespace {

std::string updated_text(const transfer_row& row) {
    return format_timestamp(row.updated).value_or("");
}

std::string state_text(const std::string& observed, const std::string& desired) {
    return observed + (desired == "running" ? "" : " (wanted: " + desired + ")");
}

/// Of its lanes those that stand otherwise than the destination.
std::string destination_text(const destination_row& row) {
    std::string text = "    " + row.target + "  " + state_text(row.observed, row.desired);
    if (!row.last_error.empty() && row.observed != "completed") text += "  " + row.last_error;
    text += "\n";
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

bool has_ended(const transfer_row& row) {
    return is_at_rest(row.observed);
}

std::string transfer_list_text(const std::vector<transfer_row>& rows) {
    if (rows.empty()) return "no transfers yet\n";
    std::string text;
    for (const transfer_row& row : rows) {
        text += fmt::format(
            "{}  {}  {}  {} -> {}\n", row.name, row.kind, row.observed, row.source, row.targets
        );
    }
    return text;
}

std::string
transfer_text(const transfer_row& row, const std::vector<destination_row>& destinations) {
    std::string text = row.name + "\n";
    text += "  kind      " + row.kind + "\n";
    text += "  from      " + row.source + "\n";
    text += "  to        " + row.targets + "\n";
    text += "  state     " + row.observed + " (wanted: " + row.desired + ")\n";
    for (const destination_row& each : destinations)
        text += destination_text(each);
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
    json.text("command", row.command).text("updated", updated_text(row));
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
