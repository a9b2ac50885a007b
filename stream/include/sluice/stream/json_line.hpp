// stream: what others write around the JSON of a line.
#pragma once

#include <string_view>

namespace sluice {

/// The JSON in a line of NDJSON that anybody may have written: without the byte order mark that
/// some programs put before the first one. Empty: the line is blank (spaces, tabs and the carriage
/// return of "\r\n"), and means nothing. Never part of what our own exports hold.
constexpr std::string_view json_in_line(std::string_view line, bool is_first) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (is_first && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    const bool blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
    return blank ? std::string_view() : line;
}

} // namespace sluice
