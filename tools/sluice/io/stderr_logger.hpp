// tools: log lines on stderr, for people or as JSON.
#pragma once

#include <sluice/base/log.hpp>

namespace sluice::command {

enum class log_format { text = 1, json };

/// Each line is one write, so that lines of several processes on one terminal do not mix.
class stderr_logger final : public logger {
  public:
    stderr_logger(log_format format, log_level least) : format_(format), least_(least) {}
    using logger::write;
    void write(
        log_level level, std::string_view message, const log_field* fields, std::size_t count
    ) override;

  private:
    log_format format_;
    log_level least_;
};

} // namespace sluice::command
