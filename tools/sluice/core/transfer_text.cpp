// tools: rows of the state file as text and JSON.
#include "transfer_text.hpp"

#include "json_text.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

namespace sluice::command {

namespace {

std::string updated_text(const transfer_row& row) {
    return format_timestamp(row.updated).value_or("");
}

} // namespace

bool has_ended(const transfer_row& row) {
    return row.observed == "paused" || row.observed == "completed" || row.observed == "failed" ||
           row.observed == "stopped" || row.observed == "cancelled";
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

std::string transfer_text(const transfer_row& row) {
    std::string text = row.name + "\n";
    text += "  kind      " + row.kind + "\n";
    text += "  from      " + row.source + "\n";
    text += "  to        " + row.targets + "\n";
    text += "  state     " + row.observed + " (wanted: " + row.desired + ")\n";
    text += "  run by    " + (row.holder.empty() ? std::string("nobody") : row.holder) + "\n";
    text += "  updated   " + updated_text(row) + "\n";
    if (row.safe_until && has_ended(row))
        text += "  safe until " + format_timestamp(*row.safe_until).value_or("") +
                ", when the bucket aborts unfinished uploads\n";
    if (!row.last_error.empty()) text += "  error     " + row.last_error + "\n";
    text += "  continue  " + row.command + "\n";
    return text;
}

std::string transfer_json(const transfer_row& row) {
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
    if (row.progress.empty())
        json.null("progress");
    else
        json.value("progress", row.progress);
    return json.done();
}

} // namespace sluice::command
