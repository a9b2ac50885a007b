// tools: how a transfer ended, as text for a person and as one JSON document.
#include "summary.hpp"

#include "json_text.hpp"
#include "progress_line.hpp"
#include "transfer_text.hpp"
#include "way_out.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace sluice::command {

namespace {

std::string state_of(const ending& end) {
    if (!end.final.state.empty() && end.outcome) return end.final.state;
    if (!end.outcome) return "completed";
    return end.outcome->code == engine_errc::paused ? "paused" : "failed";
}

/// The line that says why the command failed stands above.
bool is_told_already(const ending& end, const target_progress& target) {
    const bool ended = target.state == "failed" || target.state == "completed";
    if (!end.outcome || !ended) return false;
    return end.final.targets.size() == 1 || target.last_error == describe(*end.outcome);
}

/// Its own: others may have begun before it, or go on behind it.
double seconds_of(const ending& end, const target_progress& target) {
    if (target.worked.count() == 0) return end.seconds;
    return std::chrono::duration<double>(target.worked).count();
}

std::string target_summary(const ending& end, const target_progress& target) {
    const std::string label = label_of(target, end.final.targets);
    const bool whole = !end.outcome;
    const double seconds = seconds_of(end, target);
    if (target.state == "removed") return fmt::format("  {}: removed\n", label);
    if (whole && target.bytes == 0 && target.events == 0 && end.final.kind == "repair")
        return fmt::format("  {}: no object had to be exported again\n", label);
    if (whole && target.bytes == 0 && target.events == 0)
        return fmt::format("  {}: nothing new, all was there already\n", label);
    const bool lacks = end.outcome && end.outcome->code == engine_errc::gap;
    if (lacks && target.state == "completed" && target.bytes == 0 && target.events == 0)
        return fmt::format("  {}: nothing new; something is missing for good\n", label);
    const double rate = static_cast<double>(target.bytes) / std::max(seconds, 0.001);
    std::string line = fmt::format(
        "  {}: {}, {} events, {} objects, {}/s",
        label,
        human_size(target.bytes),
        grouped(target.events),
        grouped(target.objects),
        human_size(static_cast<std::uint64_t>(rate))
    );
    if (target.retries > 0) line += fmt::format(", {} retries", grouped(target.retries));
    if (!whole && !target.state.empty()) line += ", " + target.state;
    const bool told = whole || is_told_already(end, target);
    if (!target.last_error.empty() && !told) line += ": " + target.last_error;
    return line + "\n";
}

/// Whether there is anything to go on with.
bool has_moved(const progress& run) {
    return std::any_of(run.targets.begin(), run.targets.end(), [](const target_progress& each) {
        return each.bytes > 0 || each.events > 0 || each.objects > 0;
    });
}

/// What is promised where that is less than usual: once, for all have the same stream.
std::string weaker_guarantees(const progress& run) {
    for (const target_progress& each : run.targets)
        if (!each.guarantee.empty() && each.guarantee != "exactly-once")
            return "  guarantee: " + each.guarantee + "\n";
    return "";
}

bool is_held(const std::string& state) {
    return state == "paused" || state == "stopped" || state == "cancelled";
}

/// A destination or a partition that was paused alone stays so until it is resumed.
std::string way_back(const std::string& transfer, const target_progress& target) {
    if (is_held(target.desired))
        return "resume with: " + resume_line(transfer, target.target) + "\n";
    std::string lines;
    const auto held = [](const lane_progress& lane) { return is_held(lane.state); };
    // All of them are, where the transfer itself was paused.
    if (std::all_of(target.lanes.begin(), target.lanes.end(), held)) return lines;
    for (const lane_progress& lane : target.lanes) {
        if (!held(lane)) continue;
        lines += "resume with: " + resume_line(transfer, target.target, lane.partition) + "\n";
    }
    return lines;
}

/// Bytes that will be the same the next time: the command comes to them again.
bool comes_to_the_same(const error_code& code) {
    const auto is_one_of = [&code](const auto&... each) { return ((code == each) || ...); };
    return is_one_of(
        errc::damaged,
        errc::unsupported_version,
        errc::limit_exceeded,
        stream_errc::damaged,
        stream_errc::malformed,
        stream_errc::too_large,
        stream_errc::unfit,
        engine_errc::damaged_object,
        engine_errc::state_unusable
    );
}

/// Nothing that the same command would go on with: destinations that were paused or ended alone
/// are resumed by a line of their own.
bool nothing_is_left(const progress& run) {
    const auto settled = [](const target_progress& each) {
        return each.state == "completed" || each.state == "removed" || is_held(each.desired);
    };
    return !run.targets.empty() && std::all_of(run.targets.begin(), run.targets.end(), settled);
}

} // namespace

bool can_be_continued(const ending& end) {
    constexpr int usage = 2, no_source = 3, no_destination = 4, differs = 6, refused = 7;
    constexpr int nothing = 9;
    if (!end.outcome || end.command.empty() || comes_to_the_same(end.outcome->code)) return false;
    if (nothing_is_left(end.final)) return false;
    switch (end.exit_status) {
    case usage:
    case no_source:
    case no_destination:
    case differs:
    case nothing:
        return false;
    case refused:
        // Credentials, certificates and clocks are put right outside of the command.
        return end.outcome->code.category() == s3::s3_category() && has_moved(end.final);
    default:
        return true;
    }
}

std::string summary_text(const ending& end) {
    const std::string state = state_of(end);
    std::string text = fmt::format(
        "{} {} {} after {:.1f} s\n", end.final.kind, end.final.name, state, end.seconds
    );
    for (const target_progress& target : end.final.targets)
        text += target_summary(end, target);
    text += weaker_guarantees(end.final);
    for (const target_progress& target : end.final.targets)
        text += way_back(end.final.name, target);
    if (can_be_continued(end)) text += "continue with: " + end.command + "\n";
    return text;
}

std::string failure_json(const failure& why, const std::string& verb) {
    json_object json;
    json.text("category", why.code.category().name());
    json.integer("code", why.code.value());
    json.text("what", why.code.message());
    json.text("where", why.where);
    json.text("peer", why.peer_text);
    json.text("request_id", why.request_id);
    json.text("way_out", way_out(why, verb));
    return json.done();
}

std::string summary_json(const ending& end) {
    json_object json;
    json.text("state", state_of(end));
    json.integer("exit_status", end.exit_status);
    json.real("seconds", end.seconds);
    json.text("command", end.command);
    if (end.outcome)
        json.value("failure", failure_json(*end.outcome, end.verb));
    else
        json.null("failure");
    if (end.final.kind.empty())
        json.null("progress"); // it never started
    else
        json.value("progress", to_json(end.final));
    return json.done();
}

} // namespace sluice::command
