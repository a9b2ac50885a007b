// s3client: what retries may cost, server by server.
#pragma once

#include <sluice/base/retry.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::s3 {

/// The retry tokens of one server, which all requests to it share. Any thread.
class retry_budget {
  public:
    bool take(unsigned cost) {
        const std::lock_guard lock(mutex_);
        return tokens_.take(cost);
    }
    void give(unsigned tokens) {
        const std::lock_guard lock(mutex_);
        tokens_.give(tokens);
    }
    unsigned left() const {
        const std::lock_guard lock(mutex_);
        return tokens_.left();
    }

  private:
    mutable std::mutex mutex_;
    retry_tokens tokens_;
};

/// The budgets of servers, each by its "host:port": a server that is ill uses up its own and nobody
/// else's. Clients that are given the same `retry_budgets` share them. Any thread.
class retry_budgets {
  public:
    /// Never null; the same one for the same server.
    std::shared_ptr<retry_budget> of(const std::string& server);

  private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<retry_budget>> all_;
};

} // namespace sluice::s3
