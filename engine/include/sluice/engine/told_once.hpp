// engine: what one run has told already.
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace sluice {

/// Texts about options and settings that a run opens several times: for each destination, on each
/// thread. From any thread.
class told_once {
  public:
    /// True the first time that it is asked for this text.
    bool is_new(const std::string& text) {
        const std::lock_guard<std::mutex> hold(guard_);
        return told_.insert(text).second;
    }

  private:
    std::mutex guard_;
    std::set<std::string> told_;
};

} // namespace sluice
