// tools: the simulator's own pages, for benchmarks that start one.
#pragma once

#include <sluice/base/result.hpp>

#include <string>

namespace sluice::command {

/// Blocks for the moment that a request on the loopback takes.
class simulator_control {
  public:
    /// `url` as the simulator tells it: http://127.0.0.1:PORT.
    explicit simulator_control(std::string url) : url_(std::move(url)) {}

    /// Errors: errc::io_error, with what the simulator says.
    result<void> put(const std::string& page, const std::string& json) const;
    /// Returns when it has accepted all connections that were there before. Errors: the same.
    result<void> reach() const;

  private:
    result<void>
    ask(const std::string& method, const std::string& page, const std::string& json) const;

    std::string url_;
};

} // namespace sluice::command
