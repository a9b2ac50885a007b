// s3client: which of a server's addresses to try first.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace sluice::s3 {

/// Sets aside, for a while, an address that nobody could connect to: as long as another one works,
/// no request waits for it. Pure: time is an argument.
class address_choice {
  public:
    using time = std::chrono::steady_clock::time_point;
    /// How long a failure is remembered.
    static constexpr std::chrono::seconds set_aside{30};

    /// The same addresses; those that failed lately come last, the longest ago first.
    std::vector<std::string> order(std::vector<std::string> all, time now);
    void failed(const std::string& address, time now) { failed_at_[address] = now; }
    void worked(const std::string& address) { failed_at_.erase(address); }

  private:
    std::map<std::string, time> failed_at_;
};

} // namespace sluice::s3
