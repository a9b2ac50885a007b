// base: where log lines go. Libraries get a logger from their host; the core never logs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

enum class log_level { debug = 1, info, warning, error };

/// One field of a structured line. Values are for people and machines; secrets never go in.
struct log_field {
    std::string_view name;
    std::string value;
};

class logger {
  public:
    virtual ~logger() = default;
    virtual void write(
        log_level level, std::string_view message, const log_field* fields, std::size_t count
    ) = 0;

    void write(log_level level, std::string_view message) { write(level, message, nullptr, 0); }
};

/// Drops every line.
logger& silent_logger();

} // namespace sluice
