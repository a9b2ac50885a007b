// tools: how a transfer ended, as text for a person and as one JSON document.
#include "summary.hpp"

#include "json_text.hpp"
#include "progress_line.hpp"
#include "transfer_text.hpp"
#include "way_out.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::command {

namespace {

std::string state_of(const ending& end) {
    if (!end.final.state.empty() && end.outcome) return end.final.state;
    if (!end.outcome) return "completed";
    return end.outcome->code == engine_errc::paused ? "paused" : "failed";
}

std::string target_summary(const target_progress& target, bool whole, double seconds) {
    if (target.state == "removed") return fmt::format("  {}: removed\n", target.target);
    if (whole && target.bytes == 0 && target.events == 0)
        return fmt::format("  {}: nothing new, all was there already\n", target.target);
    const double rate = static_cast<double>(target.bytes) / std::max(seconds, 0.001);
    std::string line = fmt::format(
        "  {}: {}, {} events, {} objects, {}/s",
        target.target,
        human_size(target.bytes),
        grouped(target.events),
        grouped(target.objects),
        human_size(static_cast<std::uint64_t>(rate))
    );
    if (target.retries > 0) line += fmt::format(", {} retries", grouped(target.retries));
    if (!whole && !target.state.empty()) line += ", " + target.state;
    if (!target.last_error.empty() && !whole) line += ": " + target.last_error;
    return line + "\n";
}

/// A destination that was paused alone stays so until it is resumed.
std::string way_back(const std::string& transfer, const target_progress& target) {
    const bool held =
        target.desired == "paused" || target.desired == "stopped" || target.desired == "cancelled";
    if (!held) return "";
    return "resume with: " + resume_line(transfer, target.target) + "\n";
}

} // namespace

bool can_be_continued(const ending& end) {
    constexpr int usage = 2, differs = 6, refused = 7, nothing = 9;
    if (!end.outcome || end.command.empty()) return false;
    // Credentials, certificates and clocks are put right outside of the command.
    if (end.exit_status == refused) return end.outcome->code.category() == s3::s3_category();
    return end.exit_status != usage && end.exit_status != differs && end.exit_status != nothing;
}

std::string summary_text(const ending& end) {
    const std::string state = state_of(end);
    std::string text = fmt::format(
        "{} {} {} after {:.1f} s\n", end.final.kind, end.final.name, state, end.seconds
    );
    for (const target_progress& target : end.final.targets)
        text += target_summary(target, !end.outcome, end.seconds);
    for (const target_progress& target : end.final.targets)
        text += way_back(end.final.name, target);
    if (can_be_continued(end)) text += "continue with: " + end.command + "\n";
    return text;
}

std::string failure_json(const failure& why) {
    json_object json;
    json.text("category", why.code.category().name());
    json.integer("code", why.code.value());
    json.text("what", why.code.message());
    json.text("where", why.where);
    json.text("peer", why.peer_text);
    json.text("request_id", why.request_id);
    json.text("way_out", way_out(why));
    return json.done();
}

std::string summary_json(const ending& end) {
    json_object json;
    json.text("state", state_of(end));
    json.integer("exit_status", end.exit_status);
    json.real("seconds", end.seconds);
    json.text("command", end.command);
    if (end.outcome)
        json.value("failure", failure_json(*end.outcome));
    else
        json.null("failure");
    if (end.final.kind.empty())
        json.null("progress"); // it never started
    else
        json.value("progress", to_json(end.final));
    return json.done();
}

} // namespace sluice::command
