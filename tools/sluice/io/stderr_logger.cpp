// tools: log lines on stderr, for people or as JSON.
#include "stderr_logger.hpp"

#include "../core/json_text.hpp"

#include <sluice/base/text.hpp>

#include <chrono>
#include <string>

#include <unistd.h>

namespace sluice::command {

namespace {

std::string_view level_name(log_level level) {
    switch (level) {
    case log_level::debug:
        return "debug";
    case log_level::info:
        return "info";
    case log_level::warning:
        return "warning";
    case log_level::error:
        return "error";
    }
    return "unknown";
}

std::string timestamp_now() {
    using namespace std::chrono;
    const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch());
    return format_timestamp(now.count()).value_or("");
}

std::string
json_line(log_level level, std::string_view message, const log_field* fields, std::size_t count) {
    json_object line;
    line.text("time", timestamp_now());
    line.text("level", level_name(level));
    line.text("message", message);
    for (std::size_t n = 0; n < count; ++n)
        line.text(fields[n].name, fields[n].value);
    return line.done() + "\n";
}

std::string
text_line(log_level level, std::string_view message, const log_field* fields, std::size_t count) {
    std::string line = "sluice: ";
    if (level != log_level::info) line += std::string(level_name(level)) + ": ";
    line += message;
    for (std::size_t n = 0; n < count; ++n)
        line += " " + std::string(fields[n].name) + "=" + fields[n].value;
    return line + "\n";
}

} // namespace

void stderr_logger::write(
    log_level level, std::string_view message, const log_field* fields, std::size_t count
) {
    if (level < least_) return;
    const bool json = format_ == log_format::json;
    const std::string line =
        json ? json_line(level, message, fields, count) : text_line(level, message, fields, count);
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return; // nowhere left to tell it
}

} // namespace sluice::command
