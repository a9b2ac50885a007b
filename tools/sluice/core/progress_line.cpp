// tools: progress as lines for people. Pure: numbers in, text out.
#include "progress_line.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace sluice::command {

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string label_of(const target_progress& one, const std::vector<target_progress>& all) {
    const auto alike = [&one](const target_progress& each) { return each.target == one.target; };
    const bool alone = std::count_if(all.begin(), all.end(), alike) < 2;
    return alone || one.endpoint.empty() ? one.target : one.target + " at " + one.endpoint;
}

namespace {

/// An error that has been got over is in the log, no longer here.
bool tells_error(const target_progress& now) {
    if (now.last_error.empty() || now.state == "completed") return false;
    return now.failing || now.state == "failed";
}

} // namespace

std::string progress_line(const target_progress& now, const std::string& label) {
    const auto rate = static_cast<std::uint64_t>(std::max(0.0, now.bytes_per_second));
    std::string line = fmt::format(
        "{}  {}  {} events  {}/s",
        label,
        human_size(now.bytes),
        grouped(now.events),
        human_size(rate)
    );
    // 100 % is said only of what is finished.
    if (now.percent) line += fmt::format("  {} %", static_cast<int>(*now.percent));
    if (now.state != "running" && !now.state.empty())
        line += "  " + now.state;
    else if (now.seconds_left && *now.seconds_left >= 0)
        line += "  " + human_duration(std::chrono::seconds(*now.seconds_left)) + " left";
    if (now.parts_in_flight > 0) line += fmt::format("  {} in flight", now.parts_in_flight);
    if (now.retries > 0) line += fmt::format("  {} retries", grouped(now.retries));
    if (tells_error(now)) line += "  " + now.last_error;
    return line;
}

std::vector<std::string> progress_lines(const progress& now) {
    std::vector<std::string> lines;
    for (const target_progress& target : now.targets)
        lines.push_back(progress_line(target, label_of(target, now.targets)));
    return lines;
}

std::string fit_to_width(std::string line, std::size_t width) {
    if (width == 0 || line.size() <= width) return line;
    std::size_t end = width;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80)
        --end; // never inside a character
    line.resize(end);
    return line;
}

std::string redraw(const std::vector<std::string>& lines, std::size_t shown, std::size_t width) {
    std::string text;
    if (shown > 0) text += fmt::format("\x1b[{}A", shown);
    for (const std::string& line : lines)
        text += "\r\x1b[2K" + fit_to_width(line, width) + "\n";
    return text;
}

} // namespace sluice::command
